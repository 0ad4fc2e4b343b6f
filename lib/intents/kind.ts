import type { DatabaseTransactionConnection, FragmentSqlToken } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import type { ServiceError } from '../errors.ts';
import type { Failure } from '../failure.ts';
import type { InstagramError } from '../instagram/errors.ts';
import type { IntentRow, Outcome, Rivals } from './schema.ts';

/** Something on Instagram that an intent may have brought about. */
export interface Effect {
  /** By Instagram's id; null: it came about, but which it is cannot be told. */
  external_id: string | null;
  /** When it came about, ISO 8601 by the database's clock; null: just now, as its id was answered. */
  at: string | null;
  /** When we first stored it, if we did; an intent that was sent only later cannot have brought it about. */
  known_at: string | null;
  /** Whatever its kind knows of it. */
  detail: unknown;
}

/** What a read-back of an intent's effect brought. */
export interface ReadBack {
  /** Everything found that looks like it, oldest first: siblings' effects too. */
  effects: readonly Effect[];
  /** Whether an effect that was there would have been found. False is `blind`, which never permits a send. */
  conclusive: boolean;
}

/** Of effects by Instagram's ids: what other intents may have had of them. */
export type FindRivals = (externalIds: readonly string[]) => Promise<Rivals>;

/** What is told of an intent of which nobody will ever know whether it had an effect. */
export const NEVER_KNOWN: Failure = {
  code: 'outcome_unknown',
  detail: 'Whether Instagram did it could not be established, and will not be any more',
  instagram: null,
};

/** What each kind of write must provide. Only `lock` and `confirm` are called inside a transaction. */
export interface IntentKind {
  /**
   * Sends it, once, so that the socket is closed at `deadline` (`performance.now()` ms). Returns the effect's id.
   * @throws {InstagramError} whose `writeEffect` says what may have happened.
   */
  send: (connected: ConnectedAccount, intent: IntentRow, options: { deadline: number }) => Promise<string>;

  /** Reads back effects that came about since `since` (by the database's clock, which says `now`), give or take a minute. */
  readBack: (
    connected: ConnectedAccount,
    intent: IntentRow,
    options: { since: string; now: string; deadline: number; findRivals: FindRivals },
  ) => Promise<ReadBack>;

  /**
   * Locks what `confirm` will write to, before the intent itself is locked: for kinds whose own work locks it first. Absent:
   * nothing else waits for an intent while it holds what belongs to it.
   */
  lock?: (connection: DatabaseTransactionConnection, intent: IntentRow) => Promise<void>;

  /** Stores what happened, in the transaction that confirms the intent, and gives the answer to its request. */
  confirm: (
    connection: DatabaseTransactionConnection,
    account: ConnectedAccount['account'],
    intent: IntentRow,
    effect: Effect,
  ) => Promise<Outcome>;

  /**
   * The same for an effect whose id was just answered, as a statement that stores it, to be run in one with the
   * confirmation: a row of its own, which it returns, or none where it is stored already. It spares the common case four
   * round trips of the waiting client's time. Absent: `confirm` is always used.
   */
  confirmAtOnce?: (
    account: ConnectedAccount['account'],
    intent: IntentRow,
    externalId: string,
  ) => { store: FragmentSqlToken; outcome: Outcome };

  /**
   * What Instagram's refusal means, where that takes asking: a failure for good (the target is gone); null where it means
   * what it says, or cannot be told.
   */
  explain: (
    connected: ConnectedAccount,
    intent: IntentRow,
    error: InstagramError,
    options: { deadline: number },
  ) => Promise<ServiceError | null>;

  /** What is told of an intent that is given up. `last`: what its last send failed with. `certain`: it had no effect. */
  givenUp: (last: Failure | null, certain: boolean) => Failure;

  /** Takes an effect back that should not be. Doing it twice does no harm. */
  undo: (connected: ConnectedAccount, externalId: string, options: { deadline: number }) => Promise<void>;
}

/** Every kind that rows may name. */
export type IntentKinds = Readonly<Record<string, IntentKind>>;
