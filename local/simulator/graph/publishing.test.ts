import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callControl, callGraph, readAll } from '../testing/call-graph.ts';

const HOUR_MS = 3_600_000;
const IMAGE = { image_url: 'https://files.example.com/harbour.jpg' };

let clock = Date.parse('2026-11-21T09:00:00Z');
let simulator: Simulator;
let files: Server;
let filesUrl: string;
beforeAll(async () => {
  simulator = await createSimulator({ media: 1, now: () => clock });
  files = createServer((request, response) => {
    if (request.url !== '/harbour.jpg') return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end('the picture');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    files.once('listening', resolve);
  });
  filesUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
});
afterAll(async () => {
  files.close();
  await simulator.close();
});
beforeEach(() => simulator.reset());

const create = (form: Record<string, string>) => callGraph(simulator, '/me/media', { form });
const publish = (creation_id: string) => callGraph(simulator, '/me/media_publish', { form: { creation_id } });
const read = (id: string, fields: string) => callGraph(simulator, `/${id}?fields=${fields}`);
const statusOf = async (id: string): Promise<string> => (await read(id, 'status_code')).body.status_code;
const limit = async () => {
  const { body } = await callGraph(simulator, '/me/content_publishing_limit?fields=quota_usage,config');
  return body.data[0];
};
const errorOf = ({ status, body }: Awaited<ReturnType<typeof create>>) => ({
  status,
  code: body.error.code,
  subcode: body.error.error_subcode,
});

test('a container is finished, published once, and then listed as a media', async () => {
  const { body } = await create({ ...IMAGE, caption: 'Low tide #harbour', alt_text: 'A harbour' });
  expect(await statusOf(body.id)).toBe('FINISHED');
  const published = await publish(body.id);
  expect(published.status).toBe(200);
  const { body: medium } = await read(published.body.id, 'caption,alt_text,media_type,media_product_type');
  expect(medium).toMatchObject({
    caption: 'Low tide #harbour',
    alt_text: 'A harbour',
    media_type: 'IMAGE',
    media_product_type: 'FEED',
  });
  expect((await callGraph(simulator, '/me/media?fields=id&limit=1')).body.data[0].id).toBe(published.body.id);
  expect(await statusOf(body.id)).toBe('PUBLISHED');
  expect(errorOf(await publish(body.id))).toEqual({ status: 400, code: 24, subcode: 2207008 });
  expect(simulator.world.media()).toHaveLength(2);
});

test('a reel, a story and an album read back as what they are', async () => {
  const reel = await create({ media_type: 'REELS', video_url: 'https://files.example.com/a.mp4', caption: 'reel' });
  const story = await create({ media_type: 'STORIES', ...IMAGE });
  const parts = await Promise.all([
    create({ is_carousel_item: 'true', ...IMAGE }),
    create({ is_carousel_item: 'true', media_type: 'VIDEO', video_url: 'https://files.example.com/a.mp4' }),
  ]);
  const children = JSON.stringify(parts.map(({ body }) => body.id));
  const album = await create({ media_type: 'CAROUSEL', children, caption: 'album' });
  const [reelId, storyId, albumId] = [
    (await publish(reel.body.id)).body.id,
    (await publish(story.body.id)).body.id,
    (await publish(album.body.id)).body.id,
  ];
  expect((await read(reelId, 'media_type,media_product_type')).body).toMatchObject({
    media_type: 'VIDEO',
    media_product_type: 'REELS',
  });
  const stories = await readAll(simulator, '/me/stories?fields=id,media_product_type');
  expect(stories.flat()).toEqual([{ id: storyId, media_product_type: 'STORY' }]);
  const { body } = await read(albumId, 'caption,media_type,children{media_type}');
  expect(body).toMatchObject({ caption: 'album', media_type: 'CAROUSEL_ALBUM' });
  expect(body.children.data.map(({ media_type }: { media_type: string }) => media_type)).toEqual(['IMAGE', 'VIDEO']);
});

test('processing takes its time, fails with a subcode in the text, or never ends', async () => {
  const slow = simulator.scenarios.add({ kind: 'container', processing_ms: 60_000 });
  const { body: first } = await create(IMAGE);
  slow.remove();
  expect(await statusOf(first.id)).toBe('IN_PROGRESS');
  expect(errorOf(await publish(first.id))).toEqual({ status: 400, code: 9007, subcode: 2207027 });
  clock += 60_000;
  expect(await statusOf(first.id)).toBe('FINISHED');

  const failing = simulator.scenarios.add({ kind: 'container', status_code: 'ERROR', subcode: 2207026, times: 1 });
  const { body: second } = await create(IMAGE);
  failing.remove();
  expect((await read(second.id, 'status_code,status')).body).toMatchObject({
    status_code: 'ERROR',
    status: 'Error: Media upload has failed with error code 2207026',
  });
  expect((await publish(second.id)).status).toBe(400);

  simulator.scenarios.add({ kind: 'container', stuck: true });
  const { body: third } = await create(IMAGE);
  clock += 23 * HOUR_MS;
  expect(await statusOf(third.id)).toBe('IN_PROGRESS');
});

test('a container expires after 24 hours', async () => {
  const { body } = await create(IMAGE);
  clock += 24 * HOUR_MS;
  expect(await statusOf(body.id)).toBe('EXPIRED');
  expect(errorOf(await publish(body.id))).toEqual({ status: 400, code: 24, subcode: 2207008 });
});

test('the quota ends publishing, and its figure lags behind', async () => {
  await callControl(simulator, 'PUT', '/quota', { total: 2, usedElsewhere: 1, lagMs: 60_000 });
  const { body: first } = await create(IMAGE);
  const { body: second } = await create(IMAGE);
  expect((await publish(first.id)).status).toBe(200);
  expect(await limit()).toEqual({ quota_usage: 1, config: { quota_total: 2, quota_duration: 86_400 } });
  expect(errorOf(await publish(second.id))).toEqual({ status: 400, code: 9, subcode: 2207042 });
  clock += 60_000;
  expect((await limit()).quota_usage).toBe(2);
  clock += 24 * HOUR_MS;
  expect((await limit()).quota_usage).toBe(1);
});

test('400 containers a day and no more', async () => {
  const account = simulator.world.account().id;
  const end = { status_code: 'FINISHED', status: '' };
  for (let made = 0; made < 400; made += 1) {
    simulator.world.containers.add({ accountId: account, kind: 'image', media: {}, children: [], readyAt: 0, end });
  }
  expect(errorOf(await create(IMAGE))).toEqual({ status: 400, code: 9, subcode: 2207042 });
});

test('what Meta refuses at once', async () => {
  const part = (await create({ is_carousel_item: 'true', ...IMAGE })).body.id;
  const tags = (tag: object) => JSON.stringify([{ username: 'a.friend', ...tag }]);
  const video = { media_type: 'REELS', video_url: 'https://files.example.com/a.mp4' };
  const refused: [Record<string, string>, number, number | undefined][] = [
    [{}, 100, undefined],
    [{ media_type: 'HOLOGRAM', ...IMAGE }, 100, 2207023],
    [{ image_url: 'file:///etc/passwd' }, 9004, 2207052],
    [{ ...IMAGE, caption: 'a'.repeat(2_201) }, 36004, 2207010],
    [{ ...IMAGE, caption: '@a '.repeat(21) }, 100, 2207040],
    [{ ...IMAGE, user_tags: tags({}) }, 100, 2207036],
    [{ ...video, user_tags: tags({ x: 0.5, y: 0.5 }) }, 100, 2207035],
    [{ media_type: 'CAROUSEL', children: JSON.stringify([part]) }, 100, 2207028],
    [{ media_type: 'CAROUSEL', children: JSON.stringify([part, '1']) }, 24, 2207006],
  ];
  for (const [form, code, subcode] of refused)
    expect(errorOf(await create(form))).toEqual({ status: 400, code, subcode });
  expect(errorOf(await publish(part))).toEqual({ status: 400, code: 24, subcode: 2207006 });
});

test('an album waits for its parts', async () => {
  const first = (await create({ is_carousel_item: 'true', ...IMAGE })).body.id;
  const slow = simulator.scenarios.add({ kind: 'container', processing_ms: 5_000 });
  const second = (await create({ is_carousel_item: 'true', ...IMAGE })).body.id;
  slow.remove();
  const album = { media_type: 'CAROUSEL', children: `${first},${second}` };
  expect(errorOf(await create(album))).toEqual({ status: 400, code: 9007, subcode: 2207027 });
  clock += 5_000;
  expect((await create(album)).status).toBe(200);
});

test('a file on this machine is fetched by its link, and is what the media shows', async () => {
  const settled = async (id: string): Promise<string> => {
    const status = await statusOf(id);
    return status === 'IN_PROGRESS' ? settled(id) : status;
  };
  const { body } = await create({ image_url: `${filesUrl}/harbour.jpg` });
  expect(await settled(body.id)).toBe('FINISHED');
  const { body: published } = await publish(body.id);
  const { media_url } = (await read(published.id, 'media_url')).body;
  expect(await (await fetch(media_url)).text()).toBe('the picture');

  const { body: missing } = await create({ image_url: `${filesUrl}/nothing.jpg` });
  expect(await settled(missing.id)).toBe('ERROR');
  expect((await read(missing.id, 'status')).body.status).toContain('2207052');
});

test('a publication can happen although its answer says otherwise, or is lost', async () => {
  const { body } = await create(IMAGE);
  simulator.scenarios.add({ kind: 'blocked', code: 4, on: { edge: 'user.media_publish' }, placement: 'after' });
  expect(errorOf(await publish(body.id))).toMatchObject({ code: 4, subcode: 2207051 });
  expect(await statusOf(body.id)).toBe('PUBLISHED');
});

test('an outage of single objects hides containers, too', async () => {
  const { body } = await create(IMAGE);
  simulator.scenarios.add({ kind: 'outage' });
  expect(errorOf(await read(body.id, 'status_code'))).toMatchObject({ code: 100, subcode: 33 });
});
