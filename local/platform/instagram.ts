import { z } from 'zod';
import { createConnecting } from '../../lib/connecting/connect-account.ts';
import { createDatabase } from '../../lib/database/create-database.ts';
import { ServiceError } from '../../lib/errors.ts';
import { EVERYBODY } from '../../lib/principal.ts';
import { createSimulator, DEMO_APP, type Simulator } from '../simulator/create-simulator.ts';
import { DEMO_TOKENS } from '../simulator/world/tokens.ts';
import { errorCode } from './error-code.ts';
import type { Settings } from './settings.ts';

const CALL_TIMEOUT_MS = 5_000;

/** The Instagram that the platform uses, and the token that it connects with. */
export interface LocalInstagram {
  simulated: boolean;
  token: string;
  instagramId: string | undefined;
  /** Variables for the functions. */
  env: Readonly<Record<string, string>>;
  /** For people: which one it is. */
  description: string;
}

const graphUrlOf = ({ INSTAGRAM_LOGIN: login, INSTAGRAM_GRAPH_URL, FACEBOOK_GRAPH_URL }: Settings): string =>
  login === 'instagram' ? INSTAGRAM_GRAPH_URL : FACEBOOK_GRAPH_URL;

/**
 * With a token, the real Instagram. Without one, the simulator that `INSTAGRAM_SIMULATOR_URL` names, or else a simulator of
 * our own, which `cleanUp` stops.
 */
export const startInstagram = async (settings: Settings, cleanUp: AsyncDisposableStack): Promise<LocalInstagram> => {
  const { INSTAGRAM_ACCESS_TOKEN: token, INSTAGRAM_USER_ID: instagramId, INSTAGRAM_SIMULATOR_URL: url } = settings;
  if (token !== undefined) return { simulated: false, token, instagramId, env: {}, description: graphUrlOf(settings) };
  if (url !== undefined) {
    const accountId = await readAccountId(url);
    return simulated(settings, { url, accountId, shownAt: settings.INSTAGRAM_SIMULATOR_CDN_URL ?? url });
  }
  const simulator = await listenSomewhere(settings);
  cleanUp.defer(() => simulator.close());
  return simulated(settings, { url: simulator.url, accountId: simulator.world.account().id, shownAt: simulator.url });
};

/** `shownAt`: its address for people. */
const simulated = (
  { INSTAGRAM_LOGIN: login }: Settings,
  { url, accountId, shownAt }: { url: string; accountId: string; shownAt: string },
): LocalInstagram => ({
  simulated: true,
  token: DEMO_TOKENS[login],
  instagramId: login === 'facebook' ? accountId : undefined,
  env: {
    INSTAGRAM_GRAPH_URL: `${url}/graph.instagram.com`,
    FACEBOOK_GRAPH_URL: `${url}/graph.facebook.com`,
    META_APP_ID: DEMO_APP.id,
    META_APP_SECRET: DEMO_APP.secret,
  },
  description: `simulated, at ${shownAt} (for the real one, set INSTAGRAM_ACCESS_TOKEN)`,
});

const controlSchema = z.looseObject({ accounts: z.tuple([z.looseObject({ id: z.string() })], z.unknown()) });

/** The account of a simulator's demo tokens. @throws {Error} one line, when no simulator answers there. */
const readAccountId = async (url: string): Promise<string> => {
  try {
    const response = await fetch(`${url}/_simulator`, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    return controlSchema.parse(await response.json()).accounts[0].id;
  } catch (cause) {
    throw new Error(`INSTAGRAM_SIMULATOR_URL: no simulator answers at ${url}`, { cause });
  }
};

/** Uses the usual port, so that links to pictures survive a restart; if it is taken, any other port. */
const listenSomewhere = async (settings: Settings): Promise<Simulator> => {
  const { INSTAGRAM_SIMULATOR_SEED: seed, INSTAGRAM_SIMULATOR_MEDIA: media } = settings;
  const options = {
    seed,
    latencyMs: settings.INSTAGRAM_SIMULATOR_LATENCY_MS,
    ...(media !== undefined && { media }),
  };
  try {
    return await createSimulator({ ...options, port: settings.INSTAGRAM_SIMULATOR_PORT });
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    return createSimulator({ ...options, port: 0 });
  }
};

/**
 * Connects the account of the token, unless this token was connected before. Returns the account's name for people.
 * @throws {Error} one line, if Instagram refuses the token or cannot be asked.
 */
export const connectInstagram = async (
  { token, instagramId }: Pick<LocalInstagram, 'token' | 'instagramId'>,
  settings: Settings,
): Promise<string> => {
  const { DATABASE_URL = '', DATABASE_POOL_SIZE } = settings;
  const database = await createDatabase({ DATABASE_URL, DATABASE_POOL_SIZE });
  const connect = createConnecting(database, settings);
  try {
    const by = { grantTo: EVERYBODY };
    const { username, instagram_id } = await connect({ token, login: settings.INSTAGRAM_LOGIN, instagramId, by });
    return username === null ? `account ${instagram_id}` : `@${username}`;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const said = error.options.instagram === undefined ? '' : ` (${error.options.instagram.message})`;
    const what = `not connected through ${graphUrlOf(settings)}: ${error.message}${said}`;
    throw new Error(`INSTAGRAM_ACCESS_TOKEN: ${what}; correct .env, and start again`, { cause: error });
  }
};
