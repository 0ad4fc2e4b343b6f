import type { InstagramError } from '../instagram/errors.ts';
import { isOfObject } from '../instagram/triage.ts';
import { OutOfTime } from '../wake-ups/turn.ts';

/** So many objects refused in a row may not be the fault of single objects: a control tells. */
const MAX_SUSPECTS = 3;

/** A read takes so long when every attempt fails at once, the delays between them included. */
const ALL_ATTEMPTS_MS = 5_000;

/** What a phase provides to work on each of its objects. */
export interface ObjectWork<Item extends Control, Control> {
  /** Brings one object up to date. `signal` fires when another one fails in a way that ends the phase. */
  bring: (item: Item, signal: AbortSignal) => Promise<void>;
  /** Asks Instagram for the same of a control. */
  read: (control: Control) => Promise<unknown>;
  /** Objects other than these that Instagram is expected to give, best first. */
  findControls: (except: readonly Item[]) => Promise<readonly Control[]>;
  /** Reads the account itself. */
  readAccount: () => Promise<unknown>;
  /** Stores with the object why Instagram did not give it. */
  passOver: (item: Item, error: InstagramError) => Promise<void>;
  /** `performance.now()` milliseconds: a call that is cut at this time says nothing about its object. */
  deadline: number;
  now: () => number;
}

interface Suspect<Item> {
  item: Item;
  error: InstagramError;
}

/**
 * Works on objects so that a fault of one does not stop the others. An object whose call fails is passed over. Only when a
 * control fails too is the account at fault. The control is an object that could be read a moment ago, or else others of
 * which nothing bad is known. If there are no others, one or two failed objects are judged by a read of the account.
 */
export const createObjectByObject = <Item extends Control, Control>({
  bring,
  read,
  findControls,
  readAccount,
  passOver,
  deadline,
  now,
}: ObjectWork<Item, Control>) => {
  /** Failed objects; it is not known yet whether they or the account are at fault. */
  let suspects: Suspect<Item>[] = [];
  let lastRead: Control | null = null;

  /** The failure of `act` that may be the object's own; null: it succeeded. @throws a failure that is not the object's. */
  const failureOf = async (act: () => Promise<unknown>): Promise<InstagramError | null> => {
    const leftMs = deadline - now();
    try {
      await act();
      return null;
    } catch (error) {
      if (!isOfObject(error)) throw error;
      // The turn was too short for all attempts, so the failure proves nothing.
      if (error.kind === 'transient' && leftMs < ALL_ATTEMPTS_MS) throw new OutOfTime();
      const isCut = error.failure === 'deadline' && now() >= deadline;
      if (isCut) throw error;
      return error;
    }
  };

  const areAtFault = async (): Promise<boolean> => {
    const except = suspects.map(({ item }) => item);
    const controls: readonly Control[] = lastRead === null ? await findControls(except) : [lastRead];
    for (const control of controls) {
      if ((await failureOf(() => read(control))) === null) return true;
    }
    if (controls.length > 0 || suspects.length >= MAX_SUSPECTS) return false;
    return (await failureOf(readAccount)) === null;
  };

  /** Passes over the failed objects. One whose fault may pass by itself is tried once more first. */
  const passOverSuspects = async (): Promise<void> => {
    const failed = suspects;
    suspects = [];
    await allOrNone(failed, async ({ item, error }, signal) => {
      const last = error.kind === 'transient' ? await failureOf(() => bring(item, signal)) : error;
      if (last !== null) await passOver(item, last);
    });
  };

  /** Finds out who is at fault. @throws the first suspect's error when Instagram refuses not only the suspects. */
  const judge = async (): Promise<void> => {
    const [first] = suspects;
    if (first === undefined) return;
    if (!(await areAtFault())) throw first.error;
    await passOverSuspects();
  };

  return {
    /** Works on these at the same time. @throws a failure that is not the fault of a single object. */
    work: async (items: readonly Item[]): Promise<void> => {
      let anyRead = false;
      await allOrNone(items, async (item, signal) => {
        const error = await failureOf(() => bring(item, signal));
        if (error !== null) suspects.push({ item, error });
        else {
          anyRead = true;
          lastRead = item;
        }
      });
      if (anyRead) await passOverSuspects();
      else if (suspects.length >= MAX_SUSPECTS) await judge();
    },
    /** After the last `work`: judges the suspects that are left. @throws as `work`. */
    finish: judge,
  };
};

/** Works on all at the same time. When one fails the others are cancelled, and the failure is thrown when all have ended. */
const allOrNone = async <Item>(
  items: readonly Item[],
  act: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const cancelled = new AbortController();
  const failures: unknown[] = [];
  await Promise.all(
    items.map((item) =>
      act(item, cancelled.signal).catch((error: unknown) => {
        failures.push(error);
        cancelled.abort();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
};
