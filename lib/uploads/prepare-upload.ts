import type { ObjectStore } from './object-store.ts';
import { toUploadKey, type UploadType } from './policy.ts';
import type { UploadRepository } from './repository.ts';

/**
 * Gives out a form that stores one file, and a link to what will lie there. The file is looked at when it is published:
 * until then nothing is known of it but what its sender says.
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
