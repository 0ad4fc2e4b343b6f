import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, Route, Schedule } from '../../functions/routes.ts';
import * as functions from '../../functions/routes.ts';
import { setEnvironment } from '../../lib/config.ts';
import { closeDatabases } from '../../lib/database/create-database.ts';
import { beginServing, beginStopping } from '../../lib/stopping.ts';
import { bindAddress, isLoopback } from './access.ts';
import { startAwsResources } from './aws-resources.ts';
import { checkTokenKey, ensureTokenKey, openDataDir, uploadsDir } from './data-dir.ts';
import { startDatabase } from './database.ts';
import { startHttpAdapter } from './http-adapter.ts';
import { connectInstagram, startInstagram } from './instagram.ts';
import { createJwtAuthorizer } from './jwt-authorizer.ts';
import { claimForKey } from './key-claim.ts';
import { createFunction, type LoadHandler } from './lambda.ts';
import { startScheduler } from './scheduler.ts';
import { readSettings, type Settings } from './settings.ts';
import type { Intercept } from './upload-front.ts';

/** Requests, messages and schedules share one process, and so one pool; on AWS each function has its own. */
const POOL_SIZE = 10;
const SCHEDULE_TIMEOUT_SECONDS = 60;
/** How long stopping waits for requests and messages under way. What is cut off goes on at the next start. */
const GRACE_MS = 5_000;

const OPEN_TO_ALL = `
WARNING: everybody who reaches this machine can act on the Instagram account, because ALLOW_OPEN_BIND is true, and neither
OIDC_ISSUER nor ALLOWED_HOSTS is set. So can any web page that a browser in this network shows (DNS rebinding). Set
OIDC_ISSUER and OIDC_AUDIENCE, or at least set ALLOWED_HOSTS to the host names that clients use.
`;

/** What there is to run: the registry of `functions/routes.ts`. */
export interface Registry {
  routes: readonly Route[];
  consumers: readonly Consumer[];
  schedules: readonly Schedule[];
}

export interface PlatformOptions {
  /** What `process.env` and `.env` say together (`readEnvironment`). */
  env: NodeJS.ProcessEnv;
  /** Gets lines for people; `WARN` for what should worry them. */
  log: (line: string, level?: 'INFO' | 'WARN') => void;
  /** Called when it cannot go on, because its PostgreSQL died and does not come back. The message is one line. */
  onLost?: (error: Error) => void;
  registry?: Registry;
  load?: LoadHandler;
}

export interface Platform {
  /** Where it listens; no slash at the end. */
  url: string;
  /** For people: which account of which Instagram it is connected to. */
  instagram: string;
  /** For people: which database it is, without its password. */
  database: string;
  /** Stops everything. Requests and messages under way get a few seconds to end. */
  stop: () => Promise<void>;
}

/** The file with the key that tokens are encrypted with: `TOKEN_KEY_FILE`, else the one in the folder. */
const tokenKey = async ({ TOKEN_KEY_FILE: given }: Settings, dataDir: string): Promise<string> => {
  if (given === undefined) return ensureTokenKey(dataDir);
  await checkTokenKey(given, 'TOKEN_KEY_FILE');
  return given;
};

const loadFunction: LoadHandler = async (entry) => (await import(`../../functions/${entry}.ts`)).handler;

/**
 * Gives the functions on this machine what AWS gives to deployed ones: the HTTP API, the queues, the schedules, the database,
 * and a simulated Instagram if there is no token for the real one. What a killed process left behind is taken over. A process
 * runs one platform only, because functions read the environment of the process.
 * @throws {Error} one line that says what is wrong and what to do; what was started has been stopped again.
 */
export const startPlatform = async ({
  env,
  log,
  onLost,
  registry = functions,
  load = loadFunction,
}: PlatformOptions): Promise<Platform> => {
  await using cleanUp = new AsyncDisposableStack();
  beginServing();
  const settings = readSettings(env);
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, AWS_REGION: region, ALLOWED_HOSTS: allowedHosts } = settings;
  const open = settings.ALLOW_OPEN_BIND || issuer !== undefined;

  const address = await bindAddress(settings.HOST, open);
  let uploadFront: Intercept | null = null;
  // The port first: if it is taken, nothing has to be stopped yet.
  const adapter = await startHttpAdapter(
    { host: address, port: settings.PORT },
    {
      routes: registry.routes,
      load,
      anyHost: open && allowedHosts.length === 0,
      allowedHosts,
      apiOrigins: settings.API_ORIGINS,
      intercept: (request, response) => uploadFront?.(request, response) ?? false,
      ...(issuer !== undefined && { authorize: createJwtAuthorizer({ issuer, audience }) }),
    },
  );
  cleanUp.defer(() => adapter.close(0));
  if (!isLoopback(address) && issuer === undefined && allowedHosts.length === 0) log(OPEN_TO_ALL, 'WARN');

  const dataDir = await openDataDir(settings.DATA_DIR);
  const instagram = await startInstagram(settings, cleanUp);
  const filesDir = uploadsDir(dataDir, instagram);
  const aws = await startAwsResources(env, settings, { consumers: registry.consumers, filesDir }, cleanUp);
  uploadFront = aws.uploadFront;
  const database = await startDatabase(settings, { dataDir, simulated: instagram.simulated, log, onLost }, cleanUp);
  cleanUp.defer(closeDatabases);

  const keyFile = settings.TOKEN_KMS_KEY_ID === undefined ? await tokenKey(settings, dataDir) : undefined;
  // The embedded database needs no claim: its folder is claimed.
  if (keyFile !== undefined && settings.DATABASE_URL !== undefined) {
    await claimForKey({ url: database.url, keyFile, onLost }, cleanUp);
  }

  const complete = {
    ...env,
    ...instagram.env,
    ...aws.env,
    DATABASE_URL: database.url,
    API_AUTHORIZER: issuer === undefined ? 'none' : 'jwt',
    DATABASE_POOL_SIZE: env.DATABASE_POOL_SIZE || String(POOL_SIZE),
    ...(keyFile !== undefined && { TOKEN_KEY_FILE: keyFile }),
  };
  setEnvironment(complete);
  // All functions now, not at their first request: if one refuses a variable, the start fails.
  await Promise.all([...registry.routes, ...registry.consumers, ...registry.schedules].map(({ entry }) => load(entry)));
  const account = await connectInstagram(instagram, readSettings(complete));

  const polling = aws.startPolling((entry, timeoutSeconds) => createFunction(entry, { load, timeoutSeconds }));
  const schedules = registry.schedules.map(({ entry, rateSeconds }) => ({
    entry,
    rateSeconds,
    invoke: createFunction(entry, { load, timeoutSeconds: SCHEDULE_TIMEOUT_SECONDS }),
  }));
  const scheduler = startScheduler(schedules, region);
  adapter.open();

  const started = cleanUp.move();
  const stop = async (): Promise<void> => {
    beginStopping(); // work under way ends with its step, so that the next start goes on with it at once
    const drained = Promise.all([adapter.close(GRACE_MS), polling.stop(), scheduler.stop()]);
    await Promise.race([drained, delay(GRACE_MS, undefined, { ref: false })]);
    await started.disposeAsync();
  };
  return { url: adapter.url, instagram: `${account}, ${instagram.description}`, database: database.description, stop };
};
