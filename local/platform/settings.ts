import { z } from 'zod';
import {
  callerEnv,
  connectEnv,
  databaseEnv,
  httpEnv,
  instagramEnv,
  localEnv,
  logEnv,
  oidcEnv,
  parseEnv,
  scheduleEnv,
  simulatorEnv,
  sqsEnv,
  tokenEnv,
  uploadEnv,
  workEnv,
} from '../../lib/config.ts';
import { checkIssuer } from './jwt-authorizer.ts';

/** The variables that the platform itself reads. Functions check theirs again when they are imported. */
const settingsSchema = z.object({
  ...logEnv.shape,
  ...localEnv.shape,
  ...oidcEnv.shape,
  ...httpEnv.shape,
  ...callerEnv.shape,
  ...databaseEnv.partial({ DATABASE_URL: true }).shape,
  ...connectEnv.shape,
  ...instagramEnv.shape,
  ...tokenEnv.shape,
  ...scheduleEnv.shape,
  ...workEnv.shape,
  ...sqsEnv.shape,
  ...uploadEnv.partial({ UPLOAD_BUCKET: true }).shape,
  ...simulatorEnv.shape,
});
export type Settings = z.output<typeof settingsSchema>;

/** The login that a token is of, by its first letters; null: they do not tell. */
const loginOf = (token: string): 'instagram' | 'facebook' | null => {
  if (/^IG/.test(token)) return 'instagram';
  return /^EAA/.test(token) ? 'facebook' : null;
};

const WRONG_LOGIN = {
  facebook:
    'INSTAGRAM_ACCESS_TOKEN: EAA… is a token of Facebook Login: set INSTAGRAM_LOGIN=facebook, and INSTAGRAM_USER_ID to the ' +
    "professional account's id, in .env",
  instagram: 'INSTAGRAM_ACCESS_TOKEN: IG… is a token of Instagram Login: take INSTAGRAM_LOGIN=facebook out of .env',
};

/**
 * Reads the settings of the platform from the environment.
 * @throws {Error} one line that names the variables and what they must be.
 */
export const readSettings = (env: NodeJS.ProcessEnv): Settings => {
  const settings = parseEnv(settingsSchema, env);
  const { OIDC_ISSUER, OIDC_AUDIENCE, INSTAGRAM_ACCESS_TOKEN, INSTAGRAM_LOGIN, INSTAGRAM_USER_ID } = settings;
  if (OIDC_ISSUER !== undefined) {
    checkIssuer(OIDC_ISSUER);
    if (OIDC_AUDIENCE.length === 0) throw new Error('OIDC_AUDIENCE: must be set where OIDC_ISSUER is');
  }
  const login = loginOf(INSTAGRAM_ACCESS_TOKEN ?? '');
  if (login !== null && login !== INSTAGRAM_LOGIN) throw new Error(WRONG_LOGIN[login]);
  if (INSTAGRAM_ACCESS_TOKEN !== undefined && INSTAGRAM_LOGIN === 'facebook' && INSTAGRAM_USER_ID === undefined) {
    throw new Error("INSTAGRAM_USER_ID: must be the professional account's id where INSTAGRAM_LOGIN is facebook");
  }
  return settings;
};
