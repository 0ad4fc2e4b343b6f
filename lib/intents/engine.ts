import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { AccountAccess } from '../accounts/access.ts';
import type { intentEnv } from '../config.ts';
import { logger } from '../logger.ts';
import type { IntentDeps } from './deps.ts';
import { createFulfil } from './fulfil.ts';
import type { IntentKinds } from './kind.ts';
import type { IntentTiming } from './schema.ts';
import { createSettle } from './settle.ts';

export type IntentEnv = z.output<typeof intentEnv>;

/** The times of intents, as the environment has them. */
export const timingOf = (env: IntentEnv): IntentTiming => ({
  sendMs: env.INTENT_SEND_SECONDS * 1_000,
  settleMs: env.INTENT_SETTLE_SECONDS * 1_000,
  spacingMs: env.INTENT_SPACING_SECONDS * 1_000,
});

/** Composes what the requests that write to Instagram and the worker share. */
export const createIntentEngine = (
  { database, connectInstagram }: Pick<AccountAccess, 'database' | 'connectInstagram'>,
  env: IntentEnv,
  kinds: IntentKinds,
) => {
  const deps: IntentDeps = {
    database,
    connectInstagram,
    kinds,
    timing: timingOf(env),
    logger,
    now: () => performance.now(),
    sleep,
  };
  return { fulfil: createFulfil(deps), settle: createSettle(deps) };
};
