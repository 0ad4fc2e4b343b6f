import { defineActor } from './actor.ts';
import { tryUntilHeard } from './writing.ts';

const image = (name: string) => ({ image_url: `https://example.com/${name}.jpg` });
const MINUTE_MS = 60_000;

/** Publishes an image, a reel or a carousel, now or within the hour. */
export const publication = defineActor({
  name: 'publication',
  weight: 4,
  act: async ({ stage, account, random, step }) => {
    const caption = random.chance(0.15) ? 'Morning' : `Low tide, number ${step}`;
    const files = random.pick<object>([
      image('1'),
      { video_url: 'https://example.com/1.mp4' },
      { children: [image('1'), image('2')] },
    ]);
    const scheduled_at = random.chance(0.4)
      ? new Date(Date.now() + random.between(2, 30) * MINUTE_MS).toISOString()
      : undefined;
    const key = random.chance(0.7) ? `publication ${step}` : null;
    const body = { account_id: account.id, caption, ...files, ...(scheduled_at !== undefined && { scheduled_at }) };
    const asked = stage.journal.ask({ step, kind: 'publication', accountId: account.id, text: caption, key });
    await tryUntilHeard(stage, random, asked, () =>
      stage.ask('createPublication', '/publications', {
        body,
        headers: { prefer: 'wait=0', ...(key !== null && { 'idempotency-key': key }) },
      }),
    );
  },
});
