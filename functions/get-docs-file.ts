/** `GET /docs/{file}`: scripts and style sheet of the reference page. */
import { apiHandler } from '../lib/http/api-handler.ts';
import { reply } from '../lib/http/reply.ts';
import { getDocsFileContract } from '../lib/openapi/contract.ts';
import { readDocsFile } from '../lib/openapi/docs-page.ts';

export const handler = apiHandler(
  getDocsFileContract,
  async () => ({ readDocsFile }),
  async ({ params }, deps) => {
    const { type, text } = await deps.readDocsFile(params.file);
    return reply(200, text, { 'Content-Type': type, 'Cache-Control': 'public, max-age=3600' });
  },
);
