/** `POST /publications`: publish on Instagram, once, now or later; work begins while the caller waits. */
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { withProblem } from '../lib/http/failure.ts';
import { clientKeyOf } from '../lib/http/idempotency.ts';
import { accepted, replayedHeaders, reply } from '../lib/http/reply.ts';
import { createPublicationContract } from '../lib/publications/contract.ts';
import { createPublicationEngine, publicationEnv } from '../lib/publications/engine.ts';
import { toPublication } from '../lib/publications/represent.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(publicationEnv);
const compose = () => createPublicationEngine(env);

export const handler = apiHandler(
  createPublicationContract,
  compose,
  async ({ headers, body }, { resolveAccount, createPublication }, request) => {
    const { id: account_id } = await resolveAccount(visibleTo(request.caller), body.account_id);
    const key = clientKeyOf(headers, request);
    const { waitUntil, deadline } = request;
    const { row, replayed } = await createPublication({ account_id, body, key, waitUntil, deadline });
    const path = `/publications/${row.id}` as const;
    const publication = withProblem(toPublication(row), request.pathOf(path), request);
    const location = request.urlOf(path);
    return row.status === 'published'
      ? reply(201, publication, { Location: location, ...replayedHeaders(replayed) })
      : accepted(publication, location, row.resumes_in_ms, replayedHeaders(replayed));
  },
);
