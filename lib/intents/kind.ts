import type { DatabaseTransactionConnection, FragmentSqlToken } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import type { ServiceError } from '../errors.ts';
import type { Failure } from '../failure.ts';
import type { InstagramError } from '../instagram/errors.ts';
import type { IntentRow, Outcome, Rivals } from './schema.ts';

/** Something on Instagram that an intent may have brought about. */
export interface Effect {
  /** Instagram's id; null: there is an effect, but nobody can tell which object it is. */
  external_id: string | null;
  /** When it came about, ISO 8601 by the database's clock; null: just now, as Instagram answered with its id. */
  at: string | null;
  /** When we first stored it, if we did; an intent that was sent after that cannot have brought it about. */
  known_at: string | null;
  /** What the kind hands from `readBack` to `confirm`. */
  detail: unknown;
}

/** The result of a read-back. */
export interface ReadBack {
  /** All effects found that look like the intent's, oldest first: siblings' effects too. */
  effects: readonly Effect[];
  /**
   * Whether the read-back would have found the effect if there was one. False is `blind`, which never permits a send.
   */
  conclusive: boolean;
}

/** Tells which of these effects, by Instagram's ids, other intents may own. */
export type FindRivals = (externalIds: readonly string[]) => Promise<Rivals>;

/** The failure of an intent whose outcome nobody will ever know. */
export const NEVER_KNOWN: Failure = {
  code: 'outcome_unknown',
  detail: 'Nobody knows whether Instagram did it, and it can no longer be found out',
  instagram: null,
};

/** What each kind of write must provide. Only `lock` and `confirm` are called inside a transaction. */
export interface IntentKind {
  /**
   * Sends it, once, so that the socket is closed at `deadline` (`performance.now()` ms). Returns the effect's id.
   * @throws {InstagramError} whose `writeEffect` says what may have happened.
   */
  send: (connected: ConnectedAccount, intent: IntentRow, options: { deadline: number }) => Promise<string>;

  /**
   * Reads back the effects that came about after `since` (by the database's clock, which says `now`), give or take a
   * minute.
   */
  readBack: (
    connected: ConnectedAccount,
    intent: IntentRow,
    options: { since: string; now: string; deadline: number; findRivals: FindRivals },
  ) => Promise<ReadBack>;

  /**
   * Locks what `confirm` writes to, before the intent is locked: for kinds whose own work takes the two locks in that
   * order. Absent: no other work takes both.
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
   * The same as one SQL statement, for an effect with whose id Instagram has just answered: it inserts a row and
   * returns it, or returns none where the row exists. It runs together with the confirmation, which spares a waiting
   * client four round trips. Absent: `confirm` is always used.
   */
  confirmAtOnce?: (
    account: ConnectedAccount['account'],
    intent: IntentRow,
    externalId: string,
  ) => { store: FragmentSqlToken; outcome: Outcome };

  /**
   * Asks Instagram what its refusal means. Gives a final failure (the target is gone); null: the refusal means what it
   * says, or could not be explained.
   */
  explain: (
    connected: ConnectedAccount,
    intent: IntentRow,
    error: InstagramError,
    options: { deadline: number },
  ) => Promise<ServiceError | null>;

  /** The failure of an intent that is given up. `last`: why its last send failed. `certain`: it had no effect. */
  givenUp: (last: Failure | null, certain: boolean) => Failure;

  /** Takes a second effect back. May be repeated. Absent: what is done is never taken back, and not looked for. */
  undo?: (connected: ConnectedAccount, externalId: string, options: { deadline: number }) => Promise<void>;
}

/** Every kind that rows may name. */
export type IntentKinds = Readonly<Record<string, IntentKind>>;
