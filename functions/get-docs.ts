/** `GET /docs`: the API document, to read and to try. */
import { apiHandler } from '../lib/http/api-handler.ts';
import { reply } from '../lib/http/reply.ts';
import { getDocsContract } from '../lib/openapi/contract.ts';
import { DOCS_PAGE, DOCS_POLICY } from '../lib/openapi/docs-page.ts';

export const handler = apiHandler(
  getDocsContract,
  async () => ({}),
  () => reply(200, DOCS_PAGE, { 'Content-Security-Policy': DOCS_POLICY }),
);
