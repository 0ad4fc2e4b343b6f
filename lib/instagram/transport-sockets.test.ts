import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { runInThisContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { skewClock } from '../testing/clock.ts';
import { everyWordOf, failureOf, TOKEN } from '../testing/instagram.ts';
import type { GraphCall } from './graph.ts';
import { createTransport, type TransportOptions } from './transport.ts';
import type { Usage } from './usage.ts';

// What only a real socket shows: connections kept, cut, refused; bodies broken off. The peer is this process, on loopback.

const servers: Server[] = [];
const listen = async (listener: RequestListener): Promise<{ url: string; server: Server }> => {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
};

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    if (server.listening) await new Promise((closed) => server.close(closed));
  }
});

const idSchema = z.looseObject({ id: z.string() });
const READ: GraphCall<{ id: string }> = { path: ['1'], schema: idSchema };
const WRITE: GraphCall<{ id: string }> = {
  method: 'POST',
  path: ['1', 'comments'],
  body: { message: 'x' },
  schema: idSchema,
};
const transport = (graphUrl: string, options: Partial<TransportOptions> = {}) =>
  createTransport({ login: 'instagram', graphUrl, version: 'v25.0', token: TOKEN, ...options });

test('calls one after another reuse their connections', async () => {
  const { url, server } = await listen((_request, response) => void response.end('{"id":"1"}'));
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  const call = transport(url);
  for (let calls = 0; calls < 20; calls += 1) await call(READ);
  expect(connections).toBeLessThanOrEqual(2); // the second call may begin before the first connection counts as free
});

/** Jest gives tests a `globalThis` of their own, but Node's `fetch`: its pool is found at Node's. */
const shareConnectionPool = () => {
  const name = Symbol.for('undici.globalDispatcher.1');
  const node = runInThisContext('globalThis') as Record<symbol, unknown>;
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get: () => node[name],
    set: (pool) => {
      node[name] = pool;
    },
  });
};
shareConnectionPool();

test('a write after a pause uses a new connection, because a frozen process does not notice dead ones', async () => {
  const first = new WeakSet<object>();
  const { url } = await listen((request, response) => {
    if (first.has(request.socket)) return void request.socket.destroy(); // closed long ago, as far as this side knows
    first.add(request.socket);
    response.end('{"id":"1"}');
  });
  const call = transport(url);
  const calls = async () => {
    await call(READ);
    await setImmediate(); // the connection counts as free from the next turn of the event loop on
    return await call(WRITE);
  };
  expect(await failureOf(calls())).toMatchObject({ writeEffect: 'maybe' });
  await call(READ);
  await setImmediate();
  skewClock(5_000);
  await expect(call(WRITE)).resolves.toEqual({ id: '1' });
});

test('an answer with 19 KB of usage headers, as for 32 accounts, is read', async () => {
  const types = ['instagram', 'pages', 'messenger', 'ads_management'].map((type) => ({
    type,
    call_count: 28,
    total_cputime: 25,
    total_time: 25,
    estimated_time_to_regain_access: 0,
    ads_api_access_tier: 'standard_access',
  }));
  const accounts = Array.from({ length: 32 }, (_, index) => [String(17_841_400_000_000_000n + BigInt(index)), types]);
  const last = [{ type: 'instagram', call_count: 91, total_cputime: 1, total_time: 1 }];
  const header = JSON.stringify(Object.fromEntries([...accounts, ['99999999999999999', last]]));
  expect(header.length).toBeGreaterThan(19_000);
  const { url } = await listen((_request, response) => {
    response.writeHead(200, { 'x-business-use-case-usage': header }).end('{"id":"1"}');
  });
  const usages: Usage[] = [];
  const call = transport(url, { onUsage: (usage) => usages.push(usage) });
  await expect(call(READ)).resolves.toEqual({ id: '1' });
  await expect(call(WRITE)).resolves.toEqual({ id: '1' });
  expect(usages).toEqual([
    { percent: 91, regainMinutes: 0 },
    { percent: 91, regainMinutes: 0 },
  ]);
});

describe('a write that hangs', () => {
  const hanging = async () => {
    const { url, server } = await listen(() => undefined); // takes the request and never answers
    const arrived = once(server, 'request');
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    return { url, arrived, closed };
  };

  test('a write that hangs is cut at its deadline: the socket is closed, and the effect is unclear', async () => {
    const { url, closed } = await hanging();
    const error = await failureOf(transport(url)(WRITE, { deadline: performance.now() + 50 }));
    expect(error).toMatchObject({ failure: 'deadline', writeEffect: 'maybe', problemCode: 'outcome_unknown' });
    await closed;
  });

  test('a write that hangs is cut when it takes longer than an attempt may', async () => {
    const { url, closed } = await hanging();
    const error = await failureOf(transport(url, { timeoutMs: 50 })(WRITE));
    expect(error).toMatchObject({ failure: 'timeout', writeEffect: 'maybe', problemCode: 'outcome_unknown' });
    await closed;
  });

  test('a write that hangs is cut when the caller cancels it, and the error does not repeat the reason', async () => {
    const { url, arrived, closed } = await hanging();
    const controller = new AbortController();
    const failed = failureOf(transport(url)(WRITE, { signal: controller.signal }));
    await arrived;
    controller.abort(new Error(TOKEN));
    const error = await failed;
    expect(error).toMatchObject({ failure: 'cancelled', writeEffect: 'maybe', problemCode: 'outcome_unknown' });
    expect(everyWordOf(error)).not.toContain(TOKEN);
    await closed;
  });
});

test('an answer that begins and then hangs is cut too', async () => {
  const { url } = await listen((_request, response) => void response.writeHead(200).write('{"id":'));
  const error = await failureOf(transport(url, { timeoutMs: 50 })(READ));
  expect(error).toMatchObject({ failure: 'timeout', httpStatus: 200, problemCode: 'instagram_timeout' });
});

test('a body that ends too early is a transient error, and leaves a write unclear', async () => {
  const { url } = await listen((request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('{"id":"1"}', () => request.socket.destroy());
  });
  expect(await failureOf(transport(url)(READ))).toMatchObject({ kind: 'transient', failure: 'connection_lost' });
  expect(await failureOf(transport(url)(WRITE))).toMatchObject({ writeEffect: 'maybe' });
});

test('a connection that closes without an answer is a transient error, and leaves a write unclear', async () => {
  const { url } = await listen((request) => request.socket.destroy());
  expect(await failureOf(transport(url)(READ))).toMatchObject({ kind: 'transient', failure: 'connection_lost' });
  expect(await failureOf(transport(url)(WRITE))).toMatchObject({ writeEffect: 'maybe' });
});

test('when nobody listens at the address, nothing was sent', async () => {
  const { url, server } = await listen(() => undefined);
  await new Promise((closed) => server.close(closed));
  const error = await failureOf(transport(url)(WRITE));
  expect(error).toMatchObject({ kind: 'transient', failure: 'not_sent', writeEffect: 'none_retryable' });
  expect(error.message).toContain('ECONNREFUSED');
});

test('a redirect gets no second request', async () => {
  const seen: string[] = [];
  const { url: elsewhere } = await listen((request, response) => {
    seen.push(String(request.headers.authorization));
    response.end('{"id":"1"}');
  });
  const { url } = await listen((_request, response) => void response.writeHead(307, { location: elsewhere }).end());
  expect(await failureOf(transport(url)(WRITE))).toMatchObject({ failure: 'redirect', writeEffect: 'maybe' });
  expect(seen).toEqual([]);
});

test('the size limit counts a compressed answer after decompression', async () => {
  const bomb = gzipSync(JSON.stringify({ id: '1', filler: 'x'.repeat(1_000_000) }));
  const { url } = await listen(
    (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  );
  expect(bomb.length).toBeLessThan(10_000);
  expect(await failureOf(transport(url, { maxBytes: 100_000 })(READ))).toMatchObject({ failure: 'too_large' });
});

test('a compressed answer is read', async () => {
  const { url } = await listen(
    (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"id":"1"}')),
  );
  await expect(transport(url)(READ)).resolves.toEqual({ id: '1' });
});
