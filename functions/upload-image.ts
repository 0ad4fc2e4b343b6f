/** `POST /image`: a file of up to 4 MB, checked and stored, with a link to it. */
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createUploadAccess, uploadAccessEnv } from '../lib/uploads/access.ts';
import { uploadImageContract } from '../lib/uploads/contract.ts';
import { readFormFile } from '../lib/uploads/multipart.ts';
import { createUploadFile } from '../lib/uploads/upload-file.ts';
import { apiHandler, callerLimits } from './compose/api-handler.ts';

const env = parseEnv(uploadAccessEnv);
const compose = async () => {
  const access = await createUploadAccess(env);
  return { ...access, uploadFile: createUploadFile(access) };
};

export const handler = apiHandler(
  uploadImageContract,
  compose,
  async ({ query, headers, body }, { resolveAccount, uploadFile }, { caller }) => {
    const { id: account_id } = await resolveAccount(visibleTo(caller), query.account_id);
    const bytes = await readFormFile(body, headers['content-type']);
    await (await callerLimits()).upload(caller, bytes.length);
    return await uploadFile({ account_id, bytes, use: query.kind });
  },
);
