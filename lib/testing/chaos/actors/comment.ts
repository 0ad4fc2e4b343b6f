import { pickAny } from '../random.ts';
import { defineActor } from './actor.ts';
import { drawText, tryUntilHeard } from './writing.ts';

/** Comments on a post; with a key, it asks again until it has heard what became of it, or twice at once. */
export const comment = defineActor({
  name: 'comment',
  weight: 6,
  act: async ({ stage, account, random, step }) => {
    const post = pickAny(random, await stage.posts(account));
    if (post === null) return;
    const text = drawText(random, step);
    const key = random.chance(0.7) ? `comment ${step}` : null;
    const asked = stage.journal.ask({ step, kind: 'comment', accountId: account.id, text, key });
    await tryUntilHeard(stage, random, asked, () =>
      stage.ask('createComment', `/posts/${post.id}/comment`, {
        body: { text },
        ...(key !== null && { headers: { 'idempotency-key': key } }),
      }),
    );
  },
});
