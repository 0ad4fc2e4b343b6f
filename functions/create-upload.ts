/** `POST /uploads`: a form for sending a larger file to S3. */
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createUploadAccess, uploadAccessEnv } from '../lib/uploads/access.ts';
import { createUploadContract } from '../lib/uploads/contract.ts';
import { createPrepareUpload } from '../lib/uploads/prepare-upload.ts';
import { apiHandler, callerLimits } from './compose/api-handler.ts';

const env = parseEnv(uploadAccessEnv);
const compose = async () => {
  const access = await createUploadAccess(env);
  return { ...access, prepareUpload: createPrepareUpload(access) };
};

export const handler = apiHandler(
  createUploadContract,
  compose,
  async ({ body }, { resolveAccount, prepareUpload }, { caller }) => {
    const { id: account_id } = await resolveAccount(visibleTo(caller), body.account_id);
    await (await callerLimits()).upload(caller, body.size);
    return await prepareUpload({ ...body, account_id });
  },
);
