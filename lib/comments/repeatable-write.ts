import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ensureStanding, recordStanding } from '../accounts/standing.ts';
import { recordTokenState } from '../accounts/token-state.ts';
import { ServiceError } from '../errors.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import { createOpenWriteRepository } from './open-write-repository.ts';
import { createReadAndStore, type WriteSubject } from './read-and-store.ts';

const MAX_SENDS = 2;
/** Limit of one call: two sends, with a read between them, fit into a request. */
const MAX_CALL_MS = 8_000;

/** A write that sets a value: doing it twice has the same effect as doing it once. */
export interface RepeatableWrite<State> {
  subject: WriteSubject<State>;
  act: (connected: ConnectedAccount, options: { deadline: number }) => Promise<void>;
  /** The state that Instagram shows once it is done. */
  done: State;
  /** Whether a state shows that it is done. */
  isDone: (state: State) => boolean;
  /** Nothing can undo it: it is stored as done, whatever other writes are open. */
  final?: boolean;
}

/** The result of sending. `doubtful`: a send may still take effect, even after later writes. */
interface Sent<State> {
  state: State;
  doubtful: boolean;
}

/**
 * Does a write that may be repeated without harm, so it needs no intent. If the answer leaves open whether it was done, reads
 * the object, and sends it once more. Any number of processes may write to one object at the same time: in the end the
 * stored state is what Instagram shows, because a write that overlapped with another reads the object back. If the outcome
 * stays in doubt, or the process dies, the worker reads the object back (`settle-write.ts`).
 *
 * Gives the object's state. A later write may have set another one than this write asked for.
 * @throws {ServiceError} the problems of a write; `outcome_unknown` when the outcome could not be found out.
 */
export const createRepeatableWrite = ({
  database,
  connectInstagram,
  settleMs,
  now,
}: {
  database: DatabasePool;
  connectInstagram: (accountId: number) => Promise<ConnectedAccount>;
  /** How long after the last call an effect may still show. */
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
    const options = () => ({ deadline: Math.min(now() + MAX_CALL_MS, deadline) });
    const epoch = await writes.begin(target, { lastsMs: Math.max(0, deadline - now()) + settleMs });

    /** Null: a later write has begun, so this one is not sent again, because that would undo the later one. */
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
            // If it is doubtful it stays open, and the worker reads it back.
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
          if (attempt === MAX_SENDS || now() >= deadline) return await fail();
        }
      }
    };

    /** Stores the state if no other write overlapped. False: another one did. */
    const storeOwn = ({ state, doubtful }: Sent<State>): Promise<boolean> =>
      database.transaction(async (connection) => {
        const own = createOpenWriteRepository(connection);
        const isAlone = doubtful ? await own.isCurrent(target, epoch) : await own.endAlone(target, epoch);
        if (isAlone) await subject.store(connection, state, null);
        return isAlone;
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
      const detail = 'Another write came in between, and the state on Instagram could not be read';
      throw new ServiceError('outcome_unknown', detail, { cause: error });
    });
  };
};
export type WriteRepeatably = ReturnType<typeof createRepeatableWrite>;

/** 100/33, and a triage did not find the object gone. */
const unconfirmed = (cause: InstagramError) =>
  new ServiceError('instagram_error', 'Instagram does not find it, but it may still exist; try again later', { cause });

const ifUnclear = (error: unknown): null => {
  if (error instanceof InstagramError) return null;
  throw error;
};
