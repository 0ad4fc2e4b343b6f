import { afterAll, beforeAll, expect, test } from '@jest/globals';
import jpeg from 'jpeg-js';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callGraph } from '../testing/call-graph.ts';

const HOUR_MS = 3_600_000;

let simulator: Simulator;
let now = Date.UTC(2026, 10, 21);
beforeAll(async () => {
  simulator = await createSimulator({ now: () => now, linkLifetimeMs: HOUR_MS });
});
afterAll(() => simulator.close());

const links = async (): Promise<string[]> => {
  const fields = 'media_url,thumbnail_url,children{media_url,thumbnail_url}';
  const { body } = await callGraph(simulator, `/me/media?limit=8&fields=${fields}`);
  return JSON.stringify(body).match(/http:[^"]+\/cdn\/[^"]+/g) ?? [];
};

test('every link opens: a whole JPEG that has the size of its name, or an MP4', async () => {
  for (const link of await links()) {
    const response = await fetch(link);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    if (response.headers.get('content-type') === 'image/jpeg') {
      const { width, height } = jpeg.decode(bytes);
      expect(link).toContain(`_${width}x${height}_n.jpg`);
    } else {
      expect(response.headers.get('content-type')).toBe('video/mp4');
      expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
      expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
    }
  }
});

test('a link is signed anew at each read, and its last path segment stays', async () => {
  const [first, second] = [await links(), await links()];
  expect(first.some((link) => second.includes(link))).toBe(false);
  const names = (all: string[]) => all.map((link) => new URL(link).pathname);
  expect(names(first)).toEqual(names(second));
});

test('an expired or altered link is refused', async () => {
  const [link = ''] = await links();
  const open = async (url: string) => {
    const response = await fetch(url);
    return [response.status, await response.text()];
  };
  const { searchParams, origin, pathname } = new URL(link);
  expect(Number.parseInt(searchParams.get('oe') ?? '', 16) * 1000).toBe(now + HOUR_MS);
  expect(await open(`${origin}${pathname}`)).toEqual([403, 'URL signature expired']);
  expect(await open(link.replace(/oe=../, 'oe=ff'))).toEqual([403, 'URL signature expired']);
  expect(await open(link.replace('/cdn/', '/cdn/x'))).toEqual([403, 'URL signature expired']);
  now += HOUR_MS + 1_000;
  expect(await open(link)).toEqual([403, 'URL signature expired']);
});

test('players get the part of a video they ask for', async () => {
  const [video = ''] = (await links()).filter((link) => link.includes('.mp4?'));
  const whole = Buffer.from(await (await fetch(video)).arrayBuffer());
  const part = await fetch(video, { headers: { Range: 'bytes=4-11' } });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 4-11/${whole.length}`);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(4, 12));
  expect((await fetch(video, { headers: { Range: `bytes=${whole.length}-` } })).status).toBe(416);
});

test('links can point to other addresses in turn', async () => {
  await using elsewhere = await createSimulator({
    media: 1,
    cdnUrls: ['http://one.localhost:1', 'http://two.localhost:1'],
  });
  const host = async () =>
    new URL((await callGraph(elsewhere, '/me?fields=profile_picture_url')).body.profile_picture_url).hostname;
  expect(new Set([await host(), await host()])).toEqual(new Set(['one.localhost', 'two.localhost']));
});

test('links stay good across a restart with the same seed', async () => {
  const [link = ''] = await links();
  await using again = await createSimulator({ now: () => now });
  const { pathname, search } = new URL(link);
  expect((await fetch(`${again.url}${pathname}${search}`)).status).toBe(200);
});
