import type { ObjectStore } from './object-store.ts';
import { toUploadKey, type UploadType } from './policy.ts';
import type { UploadRepository } from './repository.ts';

/**
 * Gives out a form that stores one file, and a link to where it will be. The file is inspected when it is published:
 * until then we only know what its sender said.
 */
export const createPrepareUpload =
  ({
    store,
    uploads,
    newId,
  }: {
    store: Pick<ObjectStore, 'signPost' | 'signLink'>;
    uploads: Pick<UploadRepository, 'insert'>;
    newId: () => string;
  }) =>
  async ({ account_id, content_type, size }: { account_id: number; content_type: UploadType; size: number }) => {
    const file = { account_id, key: toUploadKey(account_id, newId()), content_type, size };
    await uploads.insert(file, null);
    const [upload, link] = await Promise.all([store.signPost(file), store.signLink(file.key)]);
    return { key: file.key, upload, ...link };
  };
