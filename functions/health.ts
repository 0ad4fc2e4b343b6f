/** `GET /health`: whether the service and its database answer. */

import { databaseEnv, parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { createCheckHealth } from '../lib/health/check-health.ts';
import { healthContract } from '../lib/health/contract.ts';
import { createHealthRepository } from '../lib/health/repository.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import packageJson from '../package.json' with { type: 'json' };

const env = parseEnv(databaseEnv);
const compose = async () => ({
  checkHealth: createCheckHealth({
    connect: async () => createHealthRepository(await createDatabase(env)), // opened at the first request, not at the start: the database may be down
    version: packageJson.version,
  }),
});

export const handler = apiHandler(healthContract, compose, (_input, { checkHealth }) => checkHealth());
