import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { buildApp, startFauxqs } from 'fauxqs';
import { UPLOAD_TYPES } from '../../lib/uploads/policy.ts';
import { refusalOf } from './access.ts';

/** SQS and S3 over their real protocols. */
export interface LocalAws {
  /** `AWS_ENDPOINT_URL_SQS` and `AWS_ENDPOINT_URL_S3`. */
  endpoint: string;
  stop: () => Promise<void>;
}

type App = ReturnType<typeof buildApp>;

/** The largest file that a form may bring, and the form around it. */
const LARGEST_FORM_BYTES = Math.max(...Object.values(UPLOAD_TYPES)) + 1024 * 1024;

/**
 * Starts fauxqs on a loopback port that the system chooses. Not by its own `startFauxqs`, which listens on every address
 * of the machine. Nothing is kept: a queue message is only a wake-up, and a lost one changes nothing.
 */
export const startAws = async (region: string, port = 0): Promise<LocalAws> => {
  const app = buildApp({ logger: false, defaultRegion: region });
  prepare(app, []);
  const endpoint = await app.listen({ host: '127.0.0.1', port });
  return { endpoint, stop: () => app.close() };
};

/**
 * Starts fauxqs on every address, for a container whose port is published on the loopback address. What it holds is kept
 * in `dataDir`, each change before it is answered. `allowedHosts`: names to answer to beside loopback ones.
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
  // It keeps its app to itself; Fastify announces every app that is made, and this one is made before the first await.
  const onApp = (message: unknown) => prepare((message as { fastify: App }).fastify, allowedHosts);
  subscribe(APP_MADE, onApp);
  const starting = startFauxqs({ port, dataDir, defaultRegion: region, logger: false });
  unsubscribe(APP_MADE, onApp);
  const { port: actualPort, stop } = await starting;
  return { endpoint: `http://127.0.0.1:${actualPort}`, stop };
};

/** @see https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks */
const APP_MADE = 'fastify.initialization';

/** Makes up for what S3 has and fauxqs has not: guards, room for large files, one more name. */
const prepare = (app: App, allowedHosts: readonly string[]): void => {
  app.addHook('onRequest', async (request, reply) => {
    const refusal = refusalOf(request.method, request.headers, { hosts: allowedHosts, embeddable: true });
    if (refusal !== null) return reply.code(403).send({ message: refusal });
    // As the bucket's CORS rules do on AWS: a page of this machine may see what became of the form that it sent.
    if (request.headers.origin)
      reply.header('access-control-allow-origin', request.headers.origin).header('vary', 'origin');
    return;
  });
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: LARGEST_FORM_BYTES },
    (_request, body, done) => done(null, body),
  );
  // A name with a dot is read as bucket.host. Ours name buckets in the path, and are reached by names like aws.localhost,
  // which browsers take for this machine and containers look up.
  app.server.prependListener('request', ({ headers }) => {
    const [name = ''] = (headers.host ?? '').split(':');
    if (name.endsWith('.localhost')) headers.host = headers.host?.slice(name.lastIndexOf('.') + 1);
  });
};
