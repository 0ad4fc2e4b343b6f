import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator({ media: 1, allowedHosts: ['instagram'] });
});
afterAll(() => simulator.close());

/** With `node:http`, as `fetch` sets Host itself. */
const statusOf = (headers: Record<string, string>, path = '/'): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(`${simulator.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

test.each(['127.0.0.1:1', 'localhost', 'LOCALHOST:80', 'graph.localhost', '[::1]:8001', 'instagram:8001'])(
  'answers to %s',
  async (host) => {
    expect(await statusOf({ Host: host })).toBe(200);
  },
);

test.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1', 'notlocalhost'])(
  'does not answer to %p',
  async (host) => {
    expect(await statusOf({ Host: host }, '/_simulator')).toBe(403);
  },
);

test('a web page from elsewhere cannot call it', async () => {
  expect(await statusOf({ Origin: 'https://evil.example' }, '/_simulator')).toBe(403);
  expect(await statusOf({ Origin: 'null' }, '/_simulator')).toBe(403);
  expect(await statusOf({ Origin: 'http://localhost:3000' }, '/_simulator')).toBe(200);
});

test('the gallery asks nobody else for anything', async () => {
  const page = await fetch(`${simulator.url}/`);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const text = await page.text();
  const files = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file);
  expect(files).toHaveLength(3);
  expect(text).not.toMatch(/data:/); // its own policy takes nothing but its own files
  const seen = new Set(files.map((file) => new URL(file ?? '', simulator.url).href));
  // grows while it is gone through: what a module imports is asked for, too
  for (const url of seen) {
    const response = await fetch(url);
    expect([url, response.status]).toEqual([url, 200]);
    for (const [, path = ''] of (await response.text()).matchAll(/ from '(\.[^']+)'/g))
      seen.add(new URL(path, url).href);
  }
  expect(seen.size).toBeGreaterThan(files.length + 2);
  expect(text).not.toMatch(/https?:\/\/|style=|onclick=/);
  expect((await fetch(`${simulator.url}/gallery/../../main.ts`)).status).not.toBe(200);
  expect((await fetch(`${simulator.url}/gallery/main.ts`)).status).toBe(404);
});

test('odd paths are answered like any other', async () => {
  expect(await statusOf({}, '//evil.example/me')).toBe(400);
  expect(await statusOf({}, '/%00')).toBe(400);
  expect(await statusOf({}, '/v25.0')).toBe(400);
});

test('a body beyond all measure is refused', async () => {
  const response = await fetch(`${simulator.url}/me`, { method: 'POST', body: 'x'.repeat(1_000_001) });
  expect(response.status).toBe(413);
});
