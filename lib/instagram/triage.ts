import type { InstagramClient } from './client.ts';
import type { InstagramErrorKind } from './error-table.ts';
import { InstagramError } from './errors.ts';
import type { CallOptions } from './exchange.ts';

/**
 * `present` Instagram shows the object after all · `gone` it is deleted on Instagram · `unclear` Instagram neither shows it
 * nor calls it missing, for a reason of its own · `outage` Instagram does not find what must exist, or there was nothing to
 * compare with · `account_unreadable` Instagram refuses the account itself.
 */
export type Triage = 'present' | 'gone' | 'unclear' | 'outage' | 'account_unreadable';

/** Limits, blocks and tokens concern the account, whatever object the call was about. */
const OF_ACCOUNT: readonly InstagramErrorKind[] = ['throttled', 'blocked', 'token'];

/** Whether a failed call may say something about its object alone. A call that we cancelled says nothing. */
export const isOfObject = (error: unknown): error is InstagramError =>
  error instanceof InstagramError && !OF_ACCOUNT.includes(error.kind) && error.failure !== 'cancelled';

/**
 * Finds out what `missing` (100/33) means. Instagram gives that answer for a deleted object, for a lost permission and, for
 * weeks in 2026, for objects that existed. An object is gone only if Instagram shows the account and a neighbour, but not
 * the object. `neighbourIds`: objects of the same kind that were listed lately, best first; if Instagram does not find such
 * a neighbour either, that is an outage. Three probes, or more when a neighbour's tells nothing. Do not keep a `gone` for
 * later use.
 * @throws {InstagramError} when a probe fails in a way that says nothing about the object (throttled, token, time over), or
 * the account could not be probed.
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
  const own = await failureOf(() => account.get(igUserId, options));
  if (own !== null && UNASKED.includes(own.kind)) throw own;
  if (own !== null) return 'account_unreadable';
  const object = await failureOf(() => node.probe(objectId, options));
  if (object === null) return 'present';
  if (object.kind !== 'missing') return 'unclear';
  for (const neighbourId of neighbourIds.filter((id) => id !== objectId)) {
    const neighbour = await failureOf(() => node.probe(neighbourId, options));
    if (neighbour === null) return 'gone';
    if (neighbour.kind === 'missing' || neighbour.kind === 'permission') return 'outage';
  }
  return 'outage';
};

/** Instagram did not answer, or not in a way we understand, which says nothing about the account. */
const UNASKED: readonly InstagramErrorKind[] = ['transient', 'malformed'];

/** Why an object could not be read; null: it was read. @throws a failure that says nothing about the object. */
const failureOf = async (read: () => Promise<unknown>): Promise<InstagramError | null> => {
  try {
    await read();
    return null;
  } catch (error) {
    // at the deadline the time was over, which is no fault of the object
    if (isOfObject(error) && error.failure !== 'deadline') return error;
    throw error;
  }
};
