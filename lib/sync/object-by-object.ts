import type { InstagramError } from '../instagram/errors.ts';
import { isOfObject } from '../instagram/triage.ts';
import { OutOfTime } from '../wake-ups/turn.ts';

/** So many objects refused in a row are perhaps no oddities of single objects: a control tells. */
const SUSPECTS_AT_MOST = 3;

/** So long a read takes that is repeated as often as it may be, where it fails at once each time. */
const ALL_TRIES_MS = 5_000;

/** What a phase does with each of its objects. */
export interface ObjectWork<Item extends Control, Control> {
  /** Brings one object up to date. `signal`: another one has failed in a way that ends the phase. */
  bring: (item: Item, signal: AbortSignal) => Promise<void>;
  /** Asks Instagram for the same of an object that it is expected to give it of. */
  read: (control: Control) => Promise<unknown>;
  /** Objects other than these, of which Instagram may give it; best first. */
  findControls: (except: readonly Item[]) => Promise<readonly Control[]>;
  /** Reads the account itself. */
  readAccount: () => Promise<unknown>;
  /** Keeps on the object why Instagram did not give it. */
  passOver: (item: Item, error: InstagramError) => Promise<void>;
  /** Milliseconds of `performance.now()`: from then on a call that is cut says nothing about its object. */
  deadline: number;
  now: () => number;
}

interface Suspect<Item> {
  item: Item;
  error: InstagramError;
}

/**
 * Works on objects so that one never costs the others. What a call for one object ends in is that object's, and it is
 * passed over; the account is blamed only after a control. The control is an object that read a moment ago, else others
 * that nothing is known against. Where there are no others, one or two objects are judged by whether the account reads.
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
  /** Failed, and it is not known yet whether that is theirs. */
  let suspects: Suspect<Item>[] = [];
  let lastRead: Control | null = null;

  /** What stood in the way, where that may be the object's own trouble; null: nothing. @throws whatever is not. */
  const failureOf = async (act: () => Promise<unknown>): Promise<InstagramError | null> => {
    const leftMs = deadline - now();
    try {
      await act();
      return null;
    } catch (error) {
      if (!isOfObject(error)) throw error;
      // Not tried often enough: the end of the turn was too near.
      if (error.kind === 'transient' && leftMs < ALL_TRIES_MS) throw new OutOfTime();
      const isCut = error.failure === 'deadline' && now() >= deadline;
      if (isCut) throw error;
      return error;
    }
  };

  const areTheirs = async (): Promise<boolean> => {
    const except = suspects.map(({ item }) => item);
    const controls: readonly Control[] = lastRead === null ? await findControls(except) : [lastRead];
    for (const control of controls) {
      if ((await failureOf(() => read(control))) === null) return true;
    }
    if (controls.length > 0 || suspects.length >= SUSPECTS_AT_MOST) return false;
    return (await failureOf(readAccount)) === null;
  };

  /** Passes over those that failed. A fault that may pass by itself gets a second chance first. */
  const acquit = async (): Promise<void> => {
    const failed = suspects;
    suspects = [];
    await allOrNone(failed, async ({ item, error }, signal) => {
      const last = error.kind === 'transient' ? await failureOf(() => bring(item, signal)) : error;
      if (last !== null) await passOver(item, last);
    });
  };

  /** @throws the first suspect's error, where Instagram refuses not only them. */
  const judge = async (): Promise<void> => {
    const [first] = suspects;
    if (first === undefined) return;
    if (!(await areTheirs())) throw first.error;
    await acquit();
  };

  return {
    /** Works on these side by side. @throws whatever is not a single object's. */
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
      if (anyRead) await acquit();
      else if (suspects.length >= SUSPECTS_AT_MOST) await judge();
    },
    /** All were worked on: those whose trouble is not judged yet are judged now. @throws as `work`. */
    finish: judge,
  };
};

/** Works on all side by side; when one fails the others are called off, and only then its failure is thrown. */
const allOrNone = async <Item>(
  items: readonly Item[],
  act: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const calledOff = new AbortController();
  const failures: unknown[] = [];
  await Promise.all(
    items.map((item) =>
      act(item, calledOff.signal).catch((error: unknown) => {
        failures.push(error);
        calledOff.abort();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
};
