import { pickAny } from '../random.ts';
import { defineActor } from './actor.ts';

/** Switches the comments of a post off or on, sometimes both at the same moment. */
export const commentsSwitch = defineActor({
  name: 'comments switch',
  weight: 2,
  act: async ({ stage, account, random }) => {
    const post = pickAny(random, await stage.posts(account));
    if (post === null) return;
    const on = random.chance(0.6);
    const set = (comments_enabled: boolean) =>
      stage.ask('updatePost', `/posts/${post.id}`, { method: 'PATCH', body: { comments_enabled } });
    await Promise.all(random.chance(0.3) ? [set(on), set(!on)] : [set(on)]);
  },
});
