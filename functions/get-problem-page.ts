/** `GET /docs/problems/{code}`: what a problem document's `type` names, for people. */
import { apiHandler } from '../lib/http/api-handler.ts';
import { PROBLEMS } from '../lib/http/problem.ts';
import { reply } from '../lib/http/reply.ts';
import { getProblemPageContract } from '../lib/openapi/contract.ts';
import { DOCS_POLICY } from '../lib/openapi/docs-page.ts';
import { renderProblemPage } from '../lib/openapi/problem-page.ts';

export const handler = apiHandler(
  getProblemPageContract,
  async () => ({ renderProblemPage }),
  ({ params }, deps) =>
    reply(200, deps.renderProblemPage(params.code, PROBLEMS), { 'Content-Security-Policy': DOCS_POLICY }),
);
