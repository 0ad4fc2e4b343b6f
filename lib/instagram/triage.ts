import type { InstagramClient } from './client.ts';
import { InstagramError } from './errors.ts';
import type { CallOptions } from './exchange.ts';

/**
 * `present` the object reads after all · `gone` deleted on Instagram · `outage` Instagram does not find what must be
 * there, or there is nothing to compare with · `account_unreadable` the account itself is refused.
 */
export type Triage = 'present' | 'gone' | 'outage' | 'account_unreadable';

/**
 * Finds out what a `missing` (100/33) means, which Instagram answers alike for a deleted object, a lost permission and,
 * for weeks in 2026, for objects that were there. Gone only if the account and the neighbour read and the object does
 * not. `neighbourIds` are objects of the same kind listed lately, best first; one that Instagram does not find is an
 * outage. Three calls at most, but for neighbours that say neither. Never keep a `gone` for later.
 * @throws {InstagramError} when a call fails in a way that says nothing about the object (transient, throttled, token).
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
  if ((await sight(() => account.get(igUserId, options))) !== 'reads') return 'account_unreadable';
  const object = await sight(() => node.probe(objectId, options));
  if (object === 'reads') return 'present';
  if (object !== 'missing') return 'outage';
  for (const neighbourId of neighbourIds.filter((id) => id !== objectId)) {
    const neighbour = await sight(() => node.probe(neighbourId, options));
    if (neighbour === 'reads') return 'gone';
    if (neighbour === 'missing' || neighbour === 'permission') return 'outage';
  }
  return 'outage';
};

/** What a read says about its object; anything else it could end with is thrown. */
const sight = async (read: () => Promise<unknown>): Promise<'reads' | 'missing' | 'permission' | 'rejected'> => {
  try {
    await read();
    return 'reads';
  } catch (error) {
    if (error instanceof InstagramError) {
      const { kind } = error;
      if (kind === 'missing' || kind === 'permission' || kind === 'rejected') return kind;
    }
    throw error;
  }
};
