/** `GET /accounts/{id}/series`: an account's stored figures, day by day. */
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createResolveAccount } from '../lib/accounts/resolve-account.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { getAccountSeriesContract } from '../lib/figures/contract.ts';
import { toDays } from '../lib/figures/period.ts';
import { createReadSeries, toCsv } from '../lib/figures/read-series.ts';
import { createFiguresRepository } from '../lib/figures/repository.ts';
import { wantsCsv } from '../lib/http/accept.ts';
import { reply } from '../lib/http/reply.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  return {
    resolveAccount: createResolveAccount({ accounts: createAccountRepository(database) }),
    readSeries: createReadSeries({ figures: createFiguresRepository(database) }),
    now: Date.now,
  };
};

export const handler = apiHandler(
  getAccountSeriesContract,
  compose,
  async ({ params, headers, query }, { resolveAccount, readSeries, now }, { caller }) => {
    const { id } = await resolveAccount(visibleTo(caller), params.id);
    const { metric: metrics, format, ...period } = query;
    const series = await readSeries(id, { metrics, ...toDays(period, now()) });
    return (format ?? (wantsCsv(headers.accept) ? 'csv' : 'json')) === 'csv'
      ? reply(200, toCsv(series, metrics))
      : series;
  },
);
