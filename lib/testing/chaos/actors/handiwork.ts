import { pickAny } from '../random.ts';
import { defineActor } from './actor.ts';

/** What the account's people and their visitors do in Instagram's own app. */
export const handiwork = defineActor({
  name: 'handiwork',
  weight: 5,
  act: async ({ stage, account, random, step }) => {
    const { world } = stage.simulator;
    const medium = pickAny(random, world.media(account.instagram_id));
    const comments = medium === null ? [] : world.comments(medium.id);
    const deeds: Record<string, () => void> = {
      post: () => void world.addMedia([{ caption: `By hand, number ${step}` }], account.instagram_id),
      edit: () => void (medium && world.editMedia(medium.id, { caption: `Edited, number ${step}` })),
      delete: () => void (medium && world.removeMedia([medium.id])),
      comment: () => void (medium?.is_comment_enabled && world.addComment(medium.id, { text: `How lovely, ${step}` })),
      'delete comment': () => {
        const comment = pickAny(random, comments);
        if (comment !== null) world.removeComment(comment.id);
      },
    };
    const deed = random.pick(['post', 'edit', 'delete', 'comment', 'comment', 'delete comment']);
    stage.journal.tell(`by hand: ${deed}`);
    deeds[deed]?.();
  },
});
