/** What every path of the API has in common, tested over HTTP: HEAD, OPTIONS, CORS, ETag, Link, and the pages behind problems. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { pathsOf } from '../lib/contract.ts';
import { ERROR_CODES } from '../lib/errors.ts';
import { startService } from '../lib/testing/service.ts';
import { startHttpAdapter } from '../local/platform/http-adapter.ts';
import { routes } from './routes.ts';

const PAGE = 'https://app.test';
const { account } = await startService({
  simulator: { media: 6 },
  environment: { API_ORIGINS: `${PAGE},http://b.test:81` },
});

const adapter = await startHttpAdapter(
  { host: '127.0.0.1', port: 0 },
  {
    routes,
    load: async (entry) => (await import(`./${entry}.ts`)).handler,
    anyHost: false,
    apiOrigins: [PAGE, 'http://b.test:81'],
  },
);
adapter.open();
afterAll(() => adapter.close(0));

const call = (method: string, path: string, headers: Record<string, string> = {}) =>
  fetch(path.startsWith('/') ? `${adapter.url}${path}` : path, { method, headers, redirect: 'manual' });
const headersOf = ({ headers }: Response) =>
  Object.fromEntries(
    [...headers].filter(
      ([name]) => !/^(date|x-request-id|apigw-requestid|content-length|connection|keep-alive)$/.test(name),
    ),
  );

/** Makes something, by a call that must succeed. */
const given = async (path: string, body?: object) => {
  const answer = await fetch(`${adapter.url}/api/v1${path}`, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
  return (await answer.json()) as { id: number };
};
const run = await given('/sync');
const { results } = (await (await call('GET', '/api/v1/posts')).json()) as {
  results: { id: number; instagram_id: string }[];
};
const [post = { id: 0, instagram_id: '' }] = results;
const comment = await given(`/posts/${post.id}/comment`, { text: 'Hello' });
const publication = await given('/publications', {
  image_url: 'https://files.example.com/a.jpg',
  scheduled_at: new Date(Date.now() + 86_400_000).toISOString(),
});

/** Answers that change from one call to the next. */
const FRESH = /insights$/;
const readable = routes
  .filter(({ contract }) => contract.method === 'GET')
  .flatMap(({ contract }) => pathsOf(contract))
  .map((path) =>
    path
      .replace('/accounts/{id}', `/accounts/${account.id}`)
      .replace('/posts/{id}', `/posts/${post.id}`)
      .replace('/comments/{id}', `/comments/${comment.id}`)
      .replace('/sync/{id}', `/sync/${run.id}`)
      .replace('/publications/{id}', `/publications/${publication.id}`)
      .replace('{media_id}', post.instagram_id)
      .replace('{principal}', encodeURIComponent('*'))
      .replace('{file}', 'swagger-ui.css')
      .replace('{code}', 'media_gone'),
  );

test('every path has its object', () => {
  expect(readable.filter((path) => path.includes('{'))).toEqual([]);
});

describe.each(readable)('%s', (path) => {
  test('HEAD is answered as GET is, without the body', async () => {
    const got = await call('GET', path);
    const head = await call('HEAD', path);
    expect(head.status).toBe(got.status);
    expect(await head.text()).toBe('');
    if (!FRESH.test(path)) expect(headersOf(head)).toEqual(headersOf(got));
    await got.arrayBuffer();
  });

  test('OPTIONS is answered with the methods of the path', async () => {
    const answer = await call('OPTIONS', path);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('allow')).toMatch(/^GET, HEAD\b.*, OPTIONS$/);
  });

  test('a GET has an ETag, and is 304 for a client that has the answer', async () => {
    const got = await call('GET', path);
    await got.arrayBuffer();
    const etag = got.headers.get('etag');
    expect(got.status).toBe(200);
    expect(etag).toMatch(/^(W\/"[\w-]{22}"|"v\d+-[\w-]{22}")$/); // weak, or for If-Match
    const unchanged = await call('GET', path, { 'If-None-Match': `"other", ${etag}` });
    if (!FRESH.test(path)) expect([unchanged.status, unchanged.headers.get('etag')]).toEqual([304, etag]);
    const other = await call('GET', path, { 'If-None-Match': 'W/"other"' });
    expect(other.status).toBe(200);
  });
});

test('an ETag changes with the answer, strong or weak, and * matches any', async () => {
  const first = await call('GET', '/api/v1/posts?limit=1');
  const second = await call('GET', '/api/v1/posts?limit=2');
  const etag = first.headers.get('etag') ?? '';
  expect(second.headers.get('etag')).not.toBe(etag);
  for (const [known, status] of [
    [etag, 304],
    [etag.replace('W/', ''), 304],
    ['*', 304],
    [second.headers.get('etag') ?? '', 200],
    ['nonsense', 200],
  ] as const) {
    const answer = await call('GET', '/api/v1/posts?limit=1', { 'If-None-Match': known });
    expect([known, answer.status]).toEqual([known, status]);
    expect((await answer.text()) === '').toBe(status === 304);
  }
});

test('an error has no ETag, and is answered whole to whoever knows any', async () => {
  const answer = await call('GET', '/api/v1/posts/999999', { 'If-None-Match': '*' });
  expect([answer.status, answer.headers.get('etag')]).toEqual([404, null]);
});

test('a POST has no ETag, and does not look at If-None-Match', async () => {
  const answer = await call('POST', '/api/v1/sync', { 'If-None-Match': '*' });
  expect([answer.status, answer.headers.get('etag')]).toEqual([200, null]);
});

test('the Link header has the same links as the body, on each page', async () => {
  let url: string | null = '/api/v1/posts?limit=4';
  const seen: string[] = [];
  while (url !== null) {
    const answer: Response = await call('GET', url);
    const { next, previous } = (await answer.json()) as { next: string | null; previous: string | null };
    const links = [next && `<${next}>; rel="next"`, previous && `<${previous}>; rel="previous"`].filter(Boolean);
    expect(answer.headers.get('link')).toBe(links.join(', '));
    seen.push(url);
    url = next;
  }
  expect(seen).toHaveLength(2);
});

test('a link that is too long for a header is only in the body', async () => {
  const answer = await call('GET', `/api/v1/posts?limit=1&note=${'x'.repeat(5_000)}`);
  const { next } = (await answer.json()) as { next: string };
  expect(next.length).toBeGreaterThan(5_000);
  expect(answer.headers.get('link')).toBeNull();
});

describe('pages of other sites', () => {
  const preflight = { Origin: PAGE, 'Access-Control-Request-Method': 'POST' };

  test.each([[PAGE], ['http://b.test:81']])('a page of %s may call the API and read its answers', async (origin) => {
    const asked = await call('OPTIONS', '/api/v1/publications', { ...preflight, Origin: origin });
    expect(asked.status).toBe(204);
    expect(headersOf(asked)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
      'access-control-allow-headers': expect.stringMatching(/Authorization.*Idempotency-Key/),
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    for (const path of ['/api/v1/posts', '/api/v1/posts/999999', '/api/v1/nothing', '/api/posts']) {
      const answer = await call('GET', path, { Origin: origin });
      expect(headersOf(answer)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': expect.stringContaining('ETag'),
        vary: 'Origin',
      });
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  test.each([
    ['https://evil.test'],
    ['https://app.test.evil.test'],
    ['https://app.test:444'],
    ['http://app.test'],
    ['null'],
  ])('%s may not', async (origin) => {
    for (const method of ['OPTIONS', 'GET']) {
      const answer = await call(method, '/api/v1/posts', { ...preflight, Origin: origin });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test('no answer to a page allows credentials', async () => {
    const asked = await call('OPTIONS', '/api/v1/posts', preflight);
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('the page behind a problem', () => {
  test.each(ERROR_CODES.map((code) => [code]))('the problem %s has a page', async (code) => {
    const answer = await call('GET', `/docs/problems/${code}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await answer.text()).toMatch(new RegExp(`<code>${code}</code>[^]*Who can do what[^]*<li>`));
  });

  test('a page lists all problems, each with a link to its own', async () => {
    const answer = await call('GET', '/docs/problems');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await answer.text();
    const links = [...text.matchAll(/href="\/docs\/problems\/([a-z_]+)"/g)].map(([, code]) => code);
    expect(links.toSorted()).toEqual([...ERROR_CODES].sort());
  });

  test('the type of a problem is the address of its page', async () => {
    const answer = await call('GET', '/api/v1/posts/999999');
    const problem = (await answer.json()) as { type: string; retryable: boolean };
    expect(problem).toMatchObject({ type: `${adapter.url}/docs/problems/post_not_found`, retryable: false });
    expect((await call('GET', problem.type)).status).toBe(200);
  });

  test.each([['nonsense'], ['constructor'], ['__proto__'], ['%3Cscript%3E']])(
    '%s is no problem code, so it has no page',
    async (code) => {
      const answer = await call('GET', `/docs/problems/${code}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    },
  );
});

test('the name of a caller is one segment of a path, percent-encoded, whatever is in it', async () => {
  const name = 'https://issuer.test/users/1 a';
  const path = `/api/v1/accounts/${account.id}/grants/${encodeURIComponent(name)}`;
  expect((await call('PUT', path)).status).toBe(201);
  expect(await (await call('GET', `${path}/`)).json()).toMatchObject({ principal: name, role: 'member' });
  expect((await call('DELETE', path)).status).toBe(204);
  expect((await call('GET', path)).status).toBe(404);
});
