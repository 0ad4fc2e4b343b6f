import type { AskInstagram } from '../accounts/ask-instagram.ts';
import type { PublishingLimit } from '../instagram/resources/publishing.ts';

/** The account's publishing quota, as Instagram states it now. @throws {ServiceError} what Instagram refuses. */
export const createGetPublishingLimit =
  ({ ask }: { ask: AskInstagram }) =>
  (accountId: number, options: { deadline: number }): Promise<PublishingLimit> =>
    ask(accountId, ({ account, client }) => client.publishing.getLimit(account.instagram_id, options));
