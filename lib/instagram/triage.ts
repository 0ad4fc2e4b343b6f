import type { InstagramClient } from './client.ts';
import type { InstagramErrorKind } from './error-table.ts';
import { InstagramError } from './errors.ts';
import type { CallOptions } from './exchange.ts';

/**
 * `present` the object reads after all · `gone` deleted on Instagram · `unclear` it neither reads nor is missing: its own
 * trouble · `outage` Instagram does not find what must be there, or there is nothing to compare with ·
 * `account_unreadable` the account itself is refused.
 */
export type Triage = 'present' | 'gone' | 'unclear' | 'outage' | 'account_unreadable';

/** Limits, blocks and tokens are the account's, whatever object the call was about. */
const OF_ACCOUNT: readonly InstagramErrorKind[] = ['throttled', 'blocked', 'token'];

/** Whether a failed call may say something about its object alone; a call that we cut ourselves says nothing. */
export const isOfObject = (error: unknown): error is InstagramError =>
  error instanceof InstagramError && !OF_ACCOUNT.includes(error.kind) && error.failure !== 'cancelled';

/**
 * Finds out what a `missing` (100/33) means, which Instagram answers alike for a deleted object, a lost permission and,
 * for weeks in 2026, for objects that were there. Gone only if the account and the neighbour read and the object does
 * not. `neighbourIds` are objects of the same kind listed lately, best first; one that Instagram does not find is an
 * outage. Three calls at most, but for neighbours that say neither. Never keep a `gone` for later.
 * @throws {InstagramError} when a call fails in a way that says nothing about the object (throttled, token, cut off), or
 * the account could not be asked.
 */
export const triageMissing = async (
  {
    client: { account, node },
    account: igUserId,
    objectId,
    neighbourIds,
  }: {
    client: Pick<InstagramClient, 'account' | 'node'>;
    account: string;
    objectId: string;
    neighbourIds: readonly string[];
  },
  options: CallOptions = {},
): Promise<Triage> => {
  const own = await sight(() => account.get(igUserId, options));
  if (own !== null && UNASKED.includes(own.kind)) throw own;
  if (own !== null) return 'account_unreadable';
  const object = await sight(() => node.probe(objectId, options));
  if (object === null) return 'present';
  if (object.kind !== 'missing') return 'unclear';
  for (const neighbourId of neighbourIds.filter((id) => id !== objectId)) {
    const neighbour = await sight(() => node.probe(neighbourId, options));
    if (neighbour === null) return 'gone';
    if (neighbour.kind === 'missing' || neighbour.kind === 'permission') return 'outage';
  }
  return 'outage';
};

/** Says nothing about the account: it did not answer, or not so that it can be understood. */
const UNASKED: readonly InstagramErrorKind[] = ['transient', 'malformed'];

/** What stands in the way of reading an object; null: it reads. @throws what says nothing about the object. */
const sight = async (read: () => Promise<unknown>): Promise<InstagramError | null> => {
  try {
    await read();
    return null;
  } catch (error) {
    // cut off at the deadline: the time was up, which is nobody's trouble
    if (isOfObject(error) && error.failure !== 'deadline') return error;
    throw error;
  }
};
