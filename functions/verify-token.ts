/** `POST /auth/verify`: what a token is for and what it may do. */
import { accountAccessEnv, createAccountAccess, metaAppOf } from '../lib/accounts/access.ts';
import { graphOptions } from '../lib/accounts/connect-instagram.ts';
import { verifyTokenContract } from '../lib/auth/contract.ts';
import { createVerifyRequest } from '../lib/auth/verify-request.ts';
import { parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { createInstagramClient } from '../lib/instagram/client.ts';
import type { Login } from '../lib/instagram/graph.ts';

const env = parseEnv(accountAccessEnv);
const clientOf = (login: Login, token: string) => createInstagramClient({ ...graphOptions(env, login), token });
const compose = async () => ({
  verify: createVerifyRequest({ ...(await createAccountAccess(env)), clientOf, app: metaAppOf(env) }),
});

export const handler = apiHandler(verifyTokenContract, compose, ({ body }, { verify }, { deadline }) =>
  verify(body, { deadline }),
);
