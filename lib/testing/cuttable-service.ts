import { afterAll } from '@jest/globals';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/**
 * Puts proxies between the handlers, which are imported after this, and what they talk to. `cutAllOff`: nothing that the
 * process says gets out from then on, as after a crash. `connections` to the database: one, as on Lambda, has the
 * exchanges in a request's own order; requests beside each other need more.
 */
export const makeCuttable = async (
  { databaseUrl, simulator }: { databaseUrl: string; simulator: { url: string; graphUrls: { instagram: string } } },
  { connections = 1 }: { connections?: number } = {},
) => {
  const before = (url: string) => startTcpProxy({ host: '127.0.0.1', port: Number(new URL(url).port) });
  const toDatabase = await before(databaseUrl);
  const toInstagram = await before(simulator.url);
  const proxies: readonly TcpProxy[] = [toDatabase, toInstagram];
  // biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
  Object.assign(process.env, {
    DATABASE_URL: toDatabase.through(databaseUrl),
    INSTAGRAM_GRAPH_URL: toInstagram.through(simulator.graphUrls.instagram),
    DATABASE_POOL_SIZE: String(connections),
  });
  afterAll(() => Promise.all(proxies.map((proxy) => proxy.close())));
  return {
    toDatabase,
    toInstagram,
    cutAllOff: () => {
      for (const proxy of proxies) proxy.cut();
    },
    restoreAll: () => {
      for (const proxy of proxies) proxy.restore();
    },
  };
};
