import { type DatabasePool, type DatabaseTransactionConnection, UniqueIntegrityConstraintViolationError } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { assignEffects } from './assign.ts';
import { verifyAfterMs } from './decide.ts';
import { type IntentDeps, kindOf } from './deps.ts';
import type { Effect, ReadBack } from './kind.ts';
import { createReadBackRepository } from './read-back-repository.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentRow, Outcome } from './schema.ts';

type Account = ConnectedAccount['account'];
type Deps = Pick<IntentDeps, 'database' | 'kinds' | 'timing' | 'logger'>;

const MAX_TRIES = 3;

/** Tries again when another transaction has claimed the same effect first: the rows show that by then. */
const inTransaction = async <Result>(
  database: Pick<DatabasePool, 'transaction'>,
  body: (connection: DatabaseTransactionConnection) => Promise<Result>,
): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction(body);
    } catch (error) {
      if (!(error instanceof UniqueIntegrityConstraintViolationError) || attempt === MAX_TRIES) throw error;
    }
  }
};

const idsOf = ({ account_id, id, kind }: IntentRow) => ({ account_id, intent_id: id, kind });

/**
 * Confirms an intent by the id with which Instagram answered its send. That is the best evidence: it wins over the
 * state of the intent and over a sibling's claim on the effect. An answer may come so late that another of the intent's
 * sends was answered first, or that its effect was taken back: then the row stays as it is. Gives the outcome; null: it has
 * none, see the row. May be repeated when its commit was not acknowledged.
 */
export const createConfirmAnswer = (deps: Deps) => {
  const { database, kinds } = deps;
  const intents = createIntentRepository(database);
  const confirmCarefully = createConfirmCarefully(deps);

  return async (account: Account, sent: IntentRow, externalId: string): Promise<Outcome | null> => {
    const ready = kindOf(kinds, sent).confirmAtOnce?.(account, sent, externalId);
    if (ready !== undefined) {
      const done = await intents.confirmAtOnce(sent, { external_id: externalId, ...ready }).catch((error: unknown) => {
        if (error instanceof UniqueIntegrityConstraintViolationError) return false; // claimed by a sibling
        throw error;
      });
      if (done) return ready.outcome;
    }
    return await confirmCarefully(account, sent, externalId);
  };
};

/** The same in a transaction, which finds out what is not as usual. */
const createConfirmCarefully =
  ({ database, kinds, timing, logger }: Deps) =>
  (account: Account, sent: IntentRow, externalId: string): Promise<Outcome | null> =>
    inTransaction(database, async (connection) => {
      const intents = createIntentRepository(connection);
      const readBacks = createReadBackRepository(connection);
      await kindOf(kinds, sent).lock?.(connection, sent);
      await readBacks.lockEffects(sent);
      const rows = await readBacks.lockConcerned(sent, externalId);
      const own = rows.find(({ id }) => id === sent.id);
      const holder = rows.find(({ id, external_id }) => id !== sent.id && external_id === externalId);
      if (own === undefined) throw new Error('An intent that was just sent is not stored');
      if (rows.some(({ second_effects }) => second_effects.includes(externalId))) {
        logger.warn('an answer came after its effect was taken back', { event: 'intent_answer_late', ...idsOf(own) });
        return own.outcome;
      }
      if (own.state === 'confirmed' && own.evidence === 'answer') {
        // A sibling that has the effect had none of its own when this one was sent again: it serves that request.
        if (own.external_id !== externalId && holder === undefined) {
          logger.error('one request had two effects', { event: 'second_effect', ...idsOf(own) });
          const takeBack = kindOf(kinds, own).undo !== undefined;
          await readBacks.recordSecondEffects(own, [externalId], { takeBack });
        }
        return own.outcome;
      }
      if (holder?.evidence === 'answer') throw new Error('Instagram answered two sends with the same id');
      if (holder !== undefined) {
        logger.error('an effect was claimed by the wrong request', { event: 'intent_claim_lost', ...idsOf(holder) });
        await readBacks.loseClaim(holder);
      }
      const effect: Effect = { external_id: externalId, at: null, known_at: null, detail: null };
      const outcome = await kindOf(kinds, own).confirm(connection, account, own, effect);
      const verifyMs = verifyAfterMs(own, kindOf(kinds, own), timing);
      await intents.confirm(own, { external_id: externalId, evidence: 'answer', outcome, verifyMs });
      return outcome;
    });

/**
 * Records the result of a read-back. It confirms every sibling whose effect was found. Where the effect of the intent
 * itself was not found, and would have been, the read-back counts as absent.
 */
export const createRecordReadBack =
  ({ database, kinds, timing }: Omit<Deps, 'logger'>) =>
  async (
    account: Account,
    seen: IntentRow & { began_at: string; since: string },
    { effects, conclusive }: ReadBack,
    { wakeMs }: { wakeMs: number | null },
  ): Promise<void> =>
    inTransaction(database, async (connection) => {
      const readBacks = createReadBackRepository(connection);
      await kindOf(kinds, seen).lock?.(connection, seen);
      await readBacks.lockEffects(seen);
      const alike = await readBacks.lockAlike(seen, seen.began_at);
      const own = alike.find(({ id }) => id === seen.id);
      if (own?.state !== 'unknown' || own.fence !== seen.fence) return;
      const unresolved = alike.filter(({ state }) => state === 'sending' || state === 'unknown');
      // A sibling that was sent before `since` may have an effect that this read-back did not reach.
      const reachesAll = unresolved.every((one) => Date.parse(one.first_attempt_at) >= Date.parse(seen.since));
      const assigned = reachesAll
        ? await claim(connection, { account, kinds, timing, effects, unresolved })
        : new Map<number, Effect>();
      if (assigned.has(own.id)) return;
      const counted = conclusive && reachesAll && alike.every(({ settled }) => settled);
      await readBacks.record(own, { counted, began_at: seen.began_at, spacingMs: timing.spacingMs, wakeMs });
    });

/** Confirms each intent that an effect is assigned to. */
const claim = async (
  connection: DatabaseTransactionConnection,
  {
    account,
    kinds,
    timing,
    effects,
    unresolved,
  }: Pick<Deps, 'kinds' | 'timing'> & {
    account: Account;
    effects: readonly Effect[];
    unresolved: readonly IntentRow[];
  },
): Promise<ReadonlyMap<number, Effect>> => {
  const [first] = unresolved;
  if (first === undefined || effects.length === 0) return new Map();
  const intents = createIntentRepository(connection);
  const taken = await createReadBackRepository(connection).findTaken(
    first,
    effects.flatMap(({ external_id }) => external_id ?? []),
  );
  const free = effects.filter(({ external_id }) => external_id === null || !taken.includes(external_id));
  const assigned = assignEffects(free, unresolved);
  // In the order of the effects' ids: two transactions that confirm the same ones cannot deadlock.
  const claims = unresolved
    .flatMap((intent) => ({ intent, effect: assigned.get(intent.id) }))
    .toSorted((one, other) => ((one.effect?.external_id ?? '') < (other.effect?.external_id ?? '') ? -1 : 1));
  for (const { intent, effect } of claims) {
    if (effect === undefined) continue;
    const outcome = await kindOf(kinds, intent).confirm(connection, account, intent, effect);
    const verifyMs = verifyAfterMs(intent, kindOf(kinds, intent), timing);
    await intents.confirm(intent, { external_id: effect.external_id, evidence: 'readback', outcome, verifyMs });
  }
  return assigned;
};
