/** What Instagram does not give of single posts: each function works over the connection or transaction it is given. */
import type { CommonQueryMethods } from 'slonik';
import { type InstagramError, toServiceError } from '../instagram/errors.ts';
import { type ControlPost, createWithheldRepository, type WithheldKind } from './withheld-repository.ts';

export { type ControlPost, mayAsk } from './withheld-repository.ts';

interface Which {
  account_id: number;
  post_id: number;
  what: WithheldKind;
}

/**
 * Notes on a post why Instagram did not give something of it, and when to ask again: each refusal in a row makes the pause
 * longer. For a refusal that is the post's own: others were given it.
 */
export const noteWithheld = (connection: CommonQueryMethods, which: Which, error: InstagramError): Promise<void> =>
  createWithheldRepository(connection).note(which, reasonOf(error));

/** Posts other than these that are expected to give what those do not: up to `limit`, best first. */
export const findControls = (
  connection: CommonQueryMethods,
  which: { account_id: number; what: WithheldKind; except: readonly number[]; limit: number },
): Promise<readonly ControlPost[]> => createWithheldRepository(connection).findControls(which);

/** Whether Instagram withholds it of any post that is there. */
export const isAnyWithheld = (
  connection: CommonQueryMethods,
  which: { account_id: number; what: WithheldKind },
): Promise<boolean> => createWithheldRepository(connection).exists(which);

/** Instagram has given it of these posts: what was noted is no longer so. */
export const clearWithheld = (
  connection: CommonQueryMethods,
  which: { account_id: number; post_ids: readonly number[]; what: WithheldKind },
): Promise<void> => createWithheldRepository(connection).clear(which);

/** A refusal for want of a permission is no such thing where the same is given of other posts: only Meta's words are told. */
export const reasonOf = (error: InstagramError) => {
  const { code, message } = toServiceError(error);
  if (error.kind !== 'permission') return { code, detail: message };
  return {
    code: 'instagram_error' as const,
    detail: `Instagram refuses this for this post, although the account has the permission. It says: ${error.details.message}`,
  };
};
