import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { InstagramError } from '../instagram/errors.ts';
import { createPostMirror } from '../posts/index.ts';
import type { WriteSubject } from './read-and-store.ts';
import { createCommentRepository } from './repository.ts';
import type { CommentRecord } from './schema.ts';
import type { Triage } from './triage.ts';

/** The state of a comment that our writes change. `hidden` null: Instagram does not tell. */
export type CommentState = { gone: true } | { gone: false; hidden: boolean | null };
/** The state of a post's comment switch that our writes change. `enabled` null: Instagram does not tell. */
export type SwitchState = { gone: true } | { gone: false; enabled: boolean | null };

type Options = { deadline: number };
type CommentRef = Pick<CommentRecord, 'account_id' | 'id' | 'instagram_id' | 'post_id' | 'post_instagram_id'>;
type PostRef = { account_id: number; id: number; instagram_id: string };

/** Reads an object; 100/33 alone does not mean that it is gone. @throws {InstagramError} */
const readOr =
  <State>(
    read: (connected: ConnectedAccount, options: Options) => Promise<State>,
    readMissing: (connected: ConnectedAccount, options: Options) => Promise<State | null>,
  ) =>
  async (connected: ConnectedAccount, options: Options): Promise<State> => {
    try {
      return await read(connected, options);
    } catch (error) {
      if (!(error instanceof InstagramError) || error.kind !== 'missing') throw error;
      const state = await readMissing(connected, options);
      if (state === null) throw error;
      return state;
    }
  };

/** The subject of hiding, showing and deleting a comment. */
export const commentSubject = (triage: Pick<Triage, 'comment'>, comment: CommentRef): WriteSubject<CommentState> => {
  const readMissing = async (connected: ConnectedAccount, options: Options): Promise<CommentState | null> =>
    (await triage.comment(connected, comment, options)) ? { gone: true } : null;
  return {
    target: { account_id: comment.account_id, object: 'comment', object_id: comment.id },
    read: readOr<CommentState>(async ({ client }, options) => {
      const { hidden } = await client.comments.get(comment.instagram_id, options);
      return { gone: false, hidden };
    }, readMissing),
    readMissing,
    store: async (connection, state, readAt) => {
      const comments = createCommentRepository(connection);
      if (state.gone) await comments.markGone(comment, readAt);
      else if (state.hidden !== null) await comments.setHidden(comment, state.hidden, readAt);
    },
  };
};

/** The subject of switching a post's comments on and off. */
export const switchSubject = (triage: Pick<Triage, 'post'>, post: PostRef): WriteSubject<SwitchState> => {
  const { account_id, id } = post;
  const readMissing = async (connected: ConnectedAccount, options: Options): Promise<SwitchState | null> =>
    (await triage.post(connected, post, options)) ? { gone: true } : null; // the triage marks it gone
  return {
    target: { account_id, object: 'post', object_id: id },
    read: readOr<SwitchState>(async ({ client }, options) => {
      const { comments_enabled: enabled } = await client.media.get(post.instagram_id, options);
      return { gone: false, enabled };
    }, readMissing),
    readMissing,
    store: async (connection, state, readAt) => {
      if (state.gone || state.enabled === null) return;
      await createPostMirror(connection).setCommentsEnabled({
        account_id,
        id,
        enabled: state.enabled,
        read_at: readAt,
      });
    },
  };
};
