import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp, startFauxqs } from 'fauxqs';
import { KEPT_DAYS } from '../../lib/uploads/policy.ts';
import { refusalOf } from './access.ts';
import { createObjectFiles } from './object-files.ts';
import { createObjectServer } from './object-server.ts';

/** SQS and S3 over their real protocols. */
export interface LocalAws {
  /** `AWS_ENDPOINT_URL_SQS` and `AWS_ENDPOINT_URL_S3`. */
  endpoint: string;
  stop: () => Promise<void>;
}

type App = ReturnType<typeof buildApp>;

/**
 * Starts SQS and S3 on a loopback port that the system chooses. Files of S3 are kept below `filesDir`, or in a folder that
 * is deleted at the stop. Queues are in memory only: a message is only a wake-up, and a lost one changes nothing.
 */
export const startAws = async (region: string, port = 0, filesDir?: string): Promise<LocalAws> => {
  const folder = filesDir ?? (await mkdtemp(join(tmpdir(), 'uploads-')));
  // fauxqs's own `startFauxqs` is not used: it listens on every address of the machine.
  const app = buildApp({ logger: false, defaultRegion: region });
  try {
    await prepare(app, { allowedHosts: [], filesDir: folder });
    const endpoint = await app.listen({ host: '127.0.0.1', port });
    const stop = async (): Promise<void> => {
      await app.close();
      if (filesDir === undefined) await rm(folder, { recursive: true, force: true });
    };
    return { endpoint, stop };
  } catch (error) {
    if (filesDir === undefined) await rm(folder, { recursive: true, force: true });
    throw error;
  }
};

/**
 * Starts SQS and S3 on every address, for a container whose port is published on the loopback address. Their data is kept in
 * `dataDir`: each change is written before it is answered. `allowedHosts`: host names to answer to, beside loopback ones.
 */
export const startLastingAws = async ({
  region,
  port,
  dataDir,
  allowedHosts,
}: {
  region: string;
  port: number;
  dataDir: string;
  allowedHosts: readonly string[];
}): Promise<LocalAws> => {
  // fauxqs does not return its app, but Fastify announces every new app. This one is made before the first await.
  let preparing: Promise<void> | undefined;
  const onApp = (message: unknown) => {
    preparing = prepare((message as { fastify: App }).fastify, { allowedHosts, filesDir: join(dataDir, 'objects') });
  };
  subscribe(APP_MADE, onApp);
  const starting = startFauxqs({ port, dataDir, defaultRegion: region, logger: false });
  unsubscribe(APP_MADE, onApp);
  const [{ port: actualPort, stop }] = await Promise.all([starting, preparing]);
  return { endpoint: `http://127.0.0.1:${actualPort}`, stop };
};

/** @see https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks */
const APP_MADE = 'fastify.initialization';

/** Adds what fauxqs lacks: guards, streamed files, one more host name. Hooks must be added before the first await. */
const prepare = async (
  app: App,
  { allowedHosts, filesDir }: { allowedHosts: readonly string[]; filesDir: string },
): Promise<void> => {
  const files = createObjectFiles(filesDir, { now: Date.now });
  const serveObjects = createObjectServer(files);
  app.addHook('onRequest', async (request, reply) => {
    const refusal = refusalOf(request.method, request.headers, { hosts: allowedHosts, embeddable: true });
    if (refusal !== null) return reply.code(403).send({ message: refusal });
    // As the bucket's CORS rules on AWS: a page of this machine may read the answer to a form that it sent.
    const { origin } = request.headers;
    if (origin) reply.header('access-control-allow-origin', origin).header('vary', 'origin');

    const answer = await serveObjects(request.raw);
    if (answer === null) return;
    reply.hijack();
    if (origin) reply.raw.setHeader('access-control-allow-origin', origin).setHeader('vary', 'origin');
    await answer(reply.raw);
    return;
  });
  // fauxqs reads a host name with a dot as bucket.host. We name buckets in the path, and use names like aws.localhost, which
  // browsers resolve to this machine and containers look up.
  app.server.prependListener('request', ({ headers }) => {
    const [name = ''] = (headers.host ?? '').split(':');
    if (name.endsWith('.localhost')) headers.host = headers.host?.slice(name.lastIndexOf('.') + 1);
  });
  await files.sweep(KEPT_DAYS);
};
