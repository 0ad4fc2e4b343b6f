import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ensureStanding, recordStanding } from '../accounts/standing.ts';
import { recordTokenState } from '../accounts/token-state.ts';
import { ServiceError } from '../errors.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import { createOpenWriteRepository } from './open-write-repository.ts';
import { createReadAndStore, type WriteSubject } from './read-and-store.ts';

const TRIES = 2;
/** One call may last so long: two of them and what lies between fit into a request. */
const CALL_MS = 8_000;

/** A write that sets something to what is asked: done twice, it is done once. */
export interface RepeatableWrite<State> {
  subject: WriteSubject<State>;
  act: (connected: ConnectedAccount, options: { deadline: number }) => Promise<void>;
  /** What Instagram shows once it is done. */
  done: State;
  /** Whether a state that was read shows it done. */
  isDone: (state: State) => boolean;
  /** Nothing undoes it: it is stored as done, whatever else is under way. */
  final?: boolean;
}

/** How sending ended. `doubtful`: a send was left open, so it may still take effect, after whatever comes next. */
interface Sent<State> {
  state: State;
  doubtful: boolean;
}

/**
 * Does on Instagram what may be done twice without harm, so it needs no intent: after an answer that leaves open whether
 * it was done it reads the object, and does it once more. Writes on one object at the same time, in any number of
 * processes, end with what Instagram shows being stored: a write that overlapped with another reads the object back. A
 * write whose outcome stays in doubt, or whose process dies, is read back by the worker (`settle-write.ts`).
 *
 * Returns the object's state, which a write that came later may have made another than was asked for.
 * @throws {ServiceError} what Instagram refuses it for; `outcome_unknown` when it could not be found out.
 */
export const createRepeatableWrite = ({
  database,
  connectInstagram,
  settleMs,
  now,
}: {
  database: DatabasePool;
  connectInstagram: (accountId: number) => Promise<ConnectedAccount>;
  /** How long after the last call an effect may take to show. */
  settleMs: number;
  now: () => number;
}) => {
  const writes = createOpenWriteRepository(database);
  const readAndStore = createReadAndStore({ database });

  return async <State extends object>(write: RepeatableWrite<State>, deadline: number): Promise<State> => {
    const { subject, act, done, isDone, final = false } = write;
    const { target } = subject;
    const connected = await connectInstagram(target.account_id);
    ensureStanding(connected.standing);
    const options = () => ({ deadline: Math.min(now() + CALL_MS, deadline) });
    const epoch = await writes.begin(target, { lastsMs: Math.max(0, deadline - now()) + settleMs });

    /** Null where a later write has begun, and this one is not sent again: it would undo that one. */
    const send = async (): Promise<Sent<State | null>> => {
      let doubtful = false;
      for (let attempt = 1; ; attempt += 1) {
        try {
          await act(connected, options());
          return { state: done, doubtful };
        } catch (error) {
          if (!(error instanceof InstagramError)) throw error;
          await recordStanding(database, connected.account, error);
          doubtful ||= error.writeEffect === 'maybe';
          const fail = async (): Promise<never> => {
            // Doubtful, it stays open: that makes it the worker's.
            if (!doubtful && !(await writes.endAlone(target, epoch))) await writes.leave(target, epoch);
            throw error.kind === 'missing' ? unconfirmed(error) : toServiceError(error);
          };
          if (error.kind === 'missing') {
            const state = await subject.readMissing(connected, options());
            if (state !== null) return { state, doubtful };
          }
          const open = error.writeEffect === 'maybe' || error.failure === 'not_sent';
          const isStopped = error.kind === 'blocked' || error.kind === 'throttled'; // Instagram wants no calls now
          if (!open || isStopped) return await fail();
          const state = await subject.read(connected, options()).catch(ifUnclear);
          if (state !== null && isDone(state)) return { state, doubtful };
          if (!(await writes.isCurrent(target, epoch))) return { state: null, doubtful };
          if (attempt === TRIES || now() >= deadline) return await fail();
        }
      }
    };

    /** Stores what an undisturbed write has brought. False: it was disturbed. */
    const storeOwn = ({ state, doubtful }: Sent<State>): Promise<boolean> =>
      database.transaction(async (connection) => {
        const own = createOpenWriteRepository(connection);
        const undisturbed = doubtful ? await own.isCurrent(target, epoch) : await own.endAlone(target, epoch);
        if (undisturbed) await subject.store(connection, state, null);
        return undisturbed;
      });

    const { state, doubtful } = await send();
    if (connected.account.token_state === 'dead') await recordTokenState(database, connected.account, 'alive', null);
    if (final && state !== null && isDone(state)) {
      await subject.store(database, state, null);
      if (!doubtful && !(await writes.endAlone(target, epoch))) await writes.leave(target, epoch);
      return state;
    }
    if (state !== null && (await storeOwn({ state, doubtful }))) return state;
    const readBack = await writes.beginReadBack(target, doubtful ? null : epoch);
    return await readAndStore(connected, subject, readBack, options()).catch((error: unknown) => {
      if (!(error instanceof InstagramError)) throw error;
      const detail = 'Another write came in between, and what Instagram shows now could not be read';
      throw new ServiceError('outcome_unknown', detail, { cause: error });
    });
  };
};
export type WriteRepeatably = ReturnType<typeof createRepeatableWrite>;

/** 100/33 without proof that the object is gone. */
const unconfirmed = (cause: InstagramError) =>
  new ServiceError(
    'instagram_error',
    'Instagram says that it does not exist, but not that it was deleted; try again later',
    { cause },
  );

const ifUnclear = (error: unknown): null => {
  if (error instanceof InstagramError) return null;
  throw error;
};
