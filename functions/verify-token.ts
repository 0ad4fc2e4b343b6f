/** `POST /auth/verify`: what a token is for and what it may do. */
import { accountAccessEnv, createAccountAccess, readMetaApp } from '../lib/accounts/access.ts';
import { graphOptions } from '../lib/accounts/connect-instagram.ts';
import { withMetaSecret } from '../lib/accounts/meta-secret.ts';
import { verifyTokenContract } from '../lib/auth/contract.ts';
import { createVerifyRequest } from '../lib/auth/verify-request.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createInstagramClient } from '../lib/instagram/client.ts';
import type { Login } from '../lib/instagram/graph.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => {
  const settings = await withMetaSecret(env);
  const clientOf = (login: Login, token: string) => createInstagramClient({ ...graphOptions(settings, login), token });
  const access = await createAccountAccess(env);
  return { verify: createVerifyRequest({ ...access, clientOf, app: await readMetaApp(env) }) };
};

export const handler = apiHandler(verifyTokenContract, compose, ({ body }, { verify }, { deadline, caller }) =>
  verify(visibleTo(caller), body, { deadline }),
);
