/** `GET /publications`: an account's publications, newest first. */
import { createAccountResolver } from '../lib/accounts/resolve-account.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { withProblem } from '../lib/http/failure.ts';
import { listPublicationsContract } from '../lib/publications/contract.ts';
import { createListPublications } from '../lib/publications/read-publications.ts';
import { createPublicationRepository } from '../lib/publications/repository.ts';
import { toPublication } from '../lib/publications/represent.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  const publications = createPublicationRepository(database);
  return {
    resolveAccount: createAccountResolver(database),
    listPublications: createListPublications({ publications }),
  };
};

export const handler = apiHandler(
  listPublicationsContract,
  compose,
  async ({ query }, { resolveAccount, listPublications }, request) => {
    const { id: account_id } = await resolveAccount(visibleTo(request.caller), query.account_id);
    const page = await listPublications({ ...query, account_id });
    return {
      ...page,
      results: page.results.map((row) =>
        withProblem(toPublication(row), request.pathOf(`/publications/${row.id}`), request),
      ),
    };
  },
);
