/** `GET /docs/problems`: all problem codes, for people. */
import { apiHandler } from '../lib/http/api-handler.ts';
import { PROBLEMS } from '../lib/http/problem.ts';
import { reply } from '../lib/http/reply.ts';
import { listProblemsContract } from '../lib/openapi/contract.ts';
import { DOCS_POLICY } from '../lib/openapi/docs-page.ts';
import { renderProblemList } from '../lib/openapi/problem-page.ts';

export const handler = apiHandler(
  listProblemsContract,
  async () => ({ renderProblemList }),
  (_, deps) => reply(200, deps.renderProblemList(PROBLEMS), { 'Content-Security-Policy': DOCS_POLICY }),
);
