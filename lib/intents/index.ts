/**
 * The face of the intents, and all that other folders may import: writes to Instagram that have one effect each. A
 * request is accepted and followed to its end, or planned for a worker that follows it later; what is no longer wanted
 * is withdrawn.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommonQueryMethods } from 'slonik';
import type { z } from 'zod';
import type { AccountAccess } from '../accounts/access.ts';
import type { intentEnv } from '../config.ts';
import { logger } from '../logger.ts';
import { createAccept } from './accept.ts';
import { isAbsent } from './decide.ts';
import type { IntentDeps } from './deps.ts';
import { createFollow, type Follower } from './follow.ts';
import type { IntentKinds } from './kind.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentKey, IntentRow, IntentTiming, Outcome } from './schema.ts';
import { createWatcher } from './watch.ts';

export { bodyOf, type ClientKey, type IntentRequest, requestHash, type Settled } from './accept.ts';
export { TOLERANCE_MS } from './assign.ts';
export { isLastToIdentify } from './decide.ts';
export type { IntentDeps } from './deps.ts';
export type { Follower } from './follow.ts';
export { type Effect, type FindRivals, type IntentKind, NEVER_KNOWN, type ReadBack } from './kind.ts';
export type { IntentKey, IntentRow, IntentTiming } from './schema.ts';
export { createIntentSender, createIntentWork, intentMessageSchema } from './tick.ts';

export type IntentEnv = z.output<typeof intentEnv>;

/** The times of intents, as the environment has them. */
export const timingOf = (env: IntentEnv): IntentTiming => ({
  sendMs: env.INTENT_SEND_SECONDS * 1_000,
  settleMs: env.INTENT_SETTLE_SECONDS * 1_000,
  spacingMs: env.INTENT_SPACING_SECONDS * 1_000,
});

/** What a function composes intents from. */
export const intentDeps = (
  { database, connectInstagram }: Pick<AccountAccess, 'database' | 'connectInstagram'>,
  env: IntentEnv,
  kinds: IntentKinds,
): IntentDeps => ({
  database,
  connectInstagram,
  kinds,
  timing: timingOf(env),
  logger,
  now: () => performance.now(),
  sleep,
});

/**
 * Ends an intent that had no effect and will have none: nothing was sent, or enough read-backs were absent. False: that
 * is not certain. With `freeKey` the same request under the same key makes a new intent.
 */
export const withdraw = async (
  connection: CommonQueryMethods,
  key: IntentKey,
  { outcome, freeKey }: { outcome: Outcome; freeKey: boolean },
): Promise<boolean> => {
  const intents = createIntentRepository(connection);
  const intent = await intents.find(key);
  if (intent === null) return true; // deleted, as its key is
  const ended =
    intent.state === 'refused' ||
    (await intents.withdraw(intent, outcome)) ||
    (isAbsent(intent) && (await intents.refuse(intent, outcome, { verify: false }))); // certainly without an effect
  if (ended && freeKey) await intents.releaseKey(intent);
  return ended;
};

/** `deadline`: `performance.now()` ms at which it must be over. */
export interface Watching {
  as: 'watcher';
  deadline: number;
}

/** Composes the intents of these kinds. */
export const createIntents = (deps: IntentDeps) => {
  const { accept, plan } = createAccept(deps);
  const followRow = createFollow(deps);
  const watcher = createWatcher(deps);
  const { find } = createIntentRepository(deps.database);

  /**
   * Follows an intent for a worker, as far as that goes; gives its row as it is then. Null: it is deleted, as its key
   * is. `watcher`: reads back what a request has left behind, when that is due, and never sends. Safe to call at any
   * time.
   */
  const follow = async (key: IntentKey, follower: Follower | Watching): Promise<IntentRow | null> => {
    const row = await find(key);
    return row && (await followRow(row, 'connect' in follower ? follower : watcher(follower.deadline)));
  };
  return { accept, plan, follow, withdraw };
};
export type Intents = ReturnType<typeof createIntents>;
