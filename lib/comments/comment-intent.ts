import type { DatabasePool } from 'slonik';
import { type AccountScope, onlyAccount } from '../database/account-scope.ts';
import { InstagramError } from '../instagram/errors.ts';
import { type IntentKind, type IntentRow, NEVER_KNOWN } from '../intents/index.ts';
import type { Post } from '../posts/schema.ts';
import type { AreCommentsOff } from './comments-switch.ts';
import { commentGone, commentsDisabled, mediaGone } from './failures.ts';
import { createReadBack, seenCommentSchema } from './read-back.ts';
import { createCommentRepository, storeJustWritten } from './repository.ts';
import type { Comment } from './schema.ts';
import type { Triage } from './triage.ts';

/** The kinds of intents that requests send; the tick wakes a worker that reads them back. */
export const COMMENT_KINDS = ['comment', 'reply'] as const;

/** The intent of a comment or reply: it has a post and a text. */
const subjectOf = ({ post_id, text, ...intent }: IntentRow) => {
  if (post_id === null || text === null) throw new Error(`The intent of a ${intent.kind} must have a post and a text`);
  return { ...intent, post_id, text };
};

/** The kinds `comment` and `reply`: how they are sent, read back, and stored once they are on Instagram. */
export const createCommentIntents = ({
  database,
  getPost,
  triage,
  areCommentsOff,
}: {
  database: DatabasePool;
  getPost: (scope: AccountScope, id: number) => Promise<Post>;
  triage: Triage;
  areCommentsOff: AreCommentsOff;
}): Record<(typeof COMMENT_KINDS)[number], IntentKind> => {
  const readBack = createReadBack({ database });
  const shared: Omit<IntentKind, 'send' | 'explain'> = {
    readBack: async (connected, intent, options) => {
      const subject = subjectOf(intent);
      const { instagram_id: postInstagramId } = await getPost(onlyAccount(subject.account_id), subject.post_id);
      return await readBack(connected, subject, { ...options, postInstagramId });
    },

    confirm: async (connection, account, intent, { external_id, detail }) => {
      const { account_id, id, post_id, parent_id, text } = subjectOf(intent);
      if (external_id === null) throw new Error('The effect of a comment intent must have an id');
      const seen = seenCommentSchema.nullable().parse(detail);
      const body = await createCommentRepository(connection).storeWritten({
        account_id,
        id,
        post_id,
        parent_id,
        instagram_id: external_id,
        text,
        username: account.username,
        timestamp: seen?.timestamp ?? null,
      });
      return { status: 201, body };
    },

    confirmAtOnce: (account, intent, instagram_id) => {
      const { account_id, id, post_id, parent_id, text, first_attempt_at } = subjectOf(intent);
      const body: Comment = {
        id,
        instagram_id,
        post_id,
        parent_id,
        text,
        username: account.username,
        timestamp: first_attempt_at.replace(/\.\d+/, ''), // Instagram's own is a moment later; a sync brings it
        like_count: 0,
        hidden: false,
        created_at: first_attempt_at,
      };
      return { store: storeJustWritten(account_id, body), outcome: { status: 201, body } };
    },

    // Instagram refused it, and has not shown it since: the client is told Instagram's reason.
    givenUp: (last) => (last?.code === 'instagram_rejected' ? last : NEVER_KNOWN),

    undo: async ({ account, client }, externalId, options) => {
      await client.comments.remove(externalId, options).catch((error: unknown) => {
        if (!(error instanceof InstagramError) || error.kind !== 'missing') throw error; // it is deleted already
      });
      await createCommentRepository(database).markGoneByInstagramId(account.id, externalId);
    },
  };

  return {
    comment: {
      ...shared,
      send: ({ client }, intent, options) => client.comments.create(intent.target_id, subjectOf(intent).text, options),
      explain: async (connected, intent, error, options) => {
        const { account_id, post_id } = subjectOf(intent);
        const post = await getPost(onlyAccount(account_id), post_id);
        if (error.kind === 'missing') return (await triage.post(connected, post, options)) ? mediaGone() : null;
        return (await areCommentsOff(connected, post, options)) ? commentsDisabled() : null;
      },
    },
    reply: {
      ...shared,
      send: ({ client }, intent, options) => client.comments.reply(intent.target_id, subjectOf(intent).text, options),
      explain: async (connected, intent, error, options) => {
        const { account_id, parent_id, post_id, target_id } = subjectOf(intent);
        const post = await getPost(onlyAccount(account_id), post_id);
        if (error.kind !== 'missing') {
          return (await areCommentsOff(connected, post, options)) ? commentsDisabled() : null;
        }
        const thread = { account_id, id: parent_id ?? 0, post_id, instagram_id: target_id };
        return (await triage.comment(connected, { ...thread, post_instagram_id: post.instagram_id }, options))
          ? commentGone()
          : null;
      },
    },
  };
};
