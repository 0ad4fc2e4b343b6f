/** `POST /accounts`: connect the account of an access token, or give a connected account a new one. */
import { createGetAccount } from '../lib/accounts/read-accounts.ts';
import { toAccount } from '../lib/accounts/represent.ts';
import { createAccountViewRepository } from '../lib/accounts/view-repository.ts';
import { parseEnv } from '../lib/config.ts';
import { connectingEnv, createConnecting } from '../lib/connecting/connect-account.ts';
import { createAccountContract } from '../lib/connecting/contract.ts';
import { namedBy, onlyAccount } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { reply } from '../lib/http/reply.ts';
import { apiHandler, callerLimits } from './compose/api-handler.ts';

const env = parseEnv(connectingEnv);
const compose = async () => {
  const database = await createDatabase(env);
  return {
    connect: createConnecting(database, env),
    getAccount: createGetAccount({ accounts: createAccountViewRepository(database) }),
  };
};

export const handler = apiHandler(
  createAccountContract,
  compose,
  async ({ body }, { connect, getAccount }, { caller, deadline, urlOf }) => {
    await (await callerLimits()).connect(caller);
    const { access_token: token, login, instagram_id: instagramId } = body;
    const { account_id, created } = await connect({ token, login, instagramId, by: caller }, { deadline });
    const account = toAccount(await getAccount(onlyAccount(account_id), namedBy(account_id)));
    return created ? reply(201, account, { Location: urlOf(`/accounts/${account_id}`) }) : reply(200, account);
  },
);
