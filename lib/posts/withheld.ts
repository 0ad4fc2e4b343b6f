import type { CommonQueryMethods } from 'slonik';
import { type InstagramError, toServiceError } from '../instagram/errors.ts';
import { createWithheldRepository, type WithheldKey } from './withheld-repository.ts';

export { type ControlPost, mayAsk } from './withheld-repository.ts';

/** What Instagram withholds of single posts, over the connection or transaction it is given. */
export const createWithheld = (connection: CommonQueryMethods) => {
  const withheld = createWithheldRepository(connection);
  return {
    ...withheld,

    /**
     * Notes on a post why Instagram did not give something of it, and when to ask again: later after each refusal in a row.
     * Only for a refusal that is about this post: Instagram gave the same of other posts.
     */
    note: (key: WithheldKey, error: InstagramError): Promise<void> => withheld.note(key, reasonOf(error)),
  };
};

/** Our words would blame a permission, which other posts show is there. So only Meta's own words are told. */
export const reasonOf = (error: InstagramError) => {
  const { code, message } = toServiceError(error);
  if (error.kind !== 'permission') return { code, detail: message };
  return {
    code: 'instagram_error' as const,
    detail: `Instagram refuses this for this post, although the account has the permission. It says: ${error.details.message}`,
  };
};
