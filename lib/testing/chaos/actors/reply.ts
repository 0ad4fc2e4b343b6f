import { pickAny } from '../random.ts';
import { defineActor } from './actor.ts';
import { drawText, tryUntilHeard } from './writing.ts';

/** Replies to a comment that is stored. */
export const reply = defineActor({
  name: 'reply',
  weight: 2,
  act: async ({ stage, account, random, step }) => {
    const parent = pickAny(random, await stage.comments(account));
    if (parent === null) return;
    const text = drawText(random, step);
    const key = `reply ${step}`;
    const asked = stage.journal.ask({ step, kind: 'reply', accountId: account.id, text, key });
    await tryUntilHeard(stage, random, asked, () =>
      stage.ask('createReply', `/comments/${parent.id}/replies`, {
        body: { text },
        headers: { 'idempotency-key': key },
      }),
    );
  },
});
