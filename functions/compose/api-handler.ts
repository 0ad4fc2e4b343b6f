import { z } from 'zod';
import { createCallerLimits } from '../../lib/callers/limits.ts';
import { callerEnv, databaseEnv, parseEnv } from '../../lib/config.ts';
import { createDatabase } from '../../lib/database/create-database.ts';
import { apiHandler as unlimited } from '../../lib/http/api-handler.ts';
import { once } from '../../lib/once.ts';

const env = parseEnv(z.object({ ...databaseEnv.shape, ...callerEnv.shape }));

/** What callers may use, as the environment says. */
export const callerLimits = once(async () => createCallerLimits(await createDatabase(env), env));

/** `apiHandler` of every endpoint that needs a token: it answers `429` to a caller that asks too often, and does nothing. */
export const apiHandler: typeof unlimited = (contract, compose, handle, settings = {}) =>
  unlimited(contract, compose, handle, {
    ...settings,
    admit: async (caller) => (await callerLimits()).request(caller),
  });
