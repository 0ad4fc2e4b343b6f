/** Publishing, kind by kind, against the simulated Instagram. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';

const service = await startService({ simulator: { media: 3 } });
const { pool, simulator, account, takeMessages, deliver } = service;
const { handler: createPublication } = await import('./create-publication.ts');
const { handler: getPublication } = await import('./get-publication.ts');
const { handler: getPost } = await import('./get-post.ts');
const { handler: publishWorker } = await import('./publish.consumer.ts');

const IMAGE = { image_url: 'https://files.example.com/harbour.jpg?signature=abc' };
const VIDEO = { video_url: 'https://files.example.com/harbour.mp4' };

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, publications, intents, usage CASCADE`);
  simulator.reset();
});

const publish = (body: object, headers: Record<string, string> = {}) =>
  invoke(createPublication, '/publications', { body, headers });

describe('a publication', () => {
  test.each([
    ['image', { ...IMAGE, caption: 'Low tide #harbour', alt_text: 'A harbour' }, 'IMAGE', 'FEED'],
    ['reel', { ...VIDEO, caption: 'High tide' }, 'VIDEO', 'REELS'],
    ['story', { kind: 'story', ...IMAGE }, 'IMAGE', 'STORY'],
    ['carousel', { children: [IMAGE, VIDEO], caption: 'Both' }, 'CAROUSEL_ALBUM', 'FEED'],
  ])('of kind %s is published once, and stored as a post at once', async (kind, body, media_type, product) => {
    const before = simulator.world.media().length;
    const { status, body: publication, headers } = await publish(body);
    expect(publication).toMatchObject({ kind, status: 'published', error: null });
    expect(status).toBe(201);
    expect(headers.location).toBe(`https://api.test/api/v1/publications/${publication.id}`);
    expect(simulator.world.media()).toHaveLength(before + 1);
    const post = await invoke(getPost, `/posts/${publication.post_id}`);
    expect(post.body).toMatchObject({
      instagram_id: publication.media_id,
      media_type,
      media_product_type: product,
      permalink: publication.permalink,
      gone_at: null,
    });
    expect(post.body.permalink).not.toBeNull();
  });
});
void getPublication, void publishWorker, void takeMessages, void deliver, void account;
