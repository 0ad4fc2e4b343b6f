/** `GET /openapi.json`: the API document, made from the contracts of the registry. */
import { authorizerEnv, parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { PROBLEMS } from '../lib/http/problem.ts';
import { getOpenApiContract } from '../lib/openapi/contract.ts';
import { createApiDocument } from '../lib/openapi/document.ts';
import packageJson from '../package.json' with { type: 'json' };
import { routes } from './routes.ts';

const { API_AUTHORIZER } = parseEnv(authorizerEnv);
const endpoints = routes.map(({ contract }) => contract);

export const handler = apiHandler(
  getOpenApiContract,
  async () => ({}),
  (_input, _deps, { baseUrl }) => ({
    ...createApiDocument(endpoints, {
      version: packageJson.version,
      serverUrl: baseUrl,
      problems: PROBLEMS,
      open: API_AUTHORIZER === 'none',
    }),
  }),
);
