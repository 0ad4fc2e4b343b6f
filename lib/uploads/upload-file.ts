import { bufferSource } from '../media-files/byte-source.ts';
import type { MediaUse } from '../media-files/facts.ts';
import { inspectMediaFile } from '../media-files/inspect.ts';
import type { ObjectStore } from './object-store.ts';
import { toUploadKey } from './policy.ts';
import type { UploadRepository } from './repository.ts';

/**
 * Stores a file that Instagram would take, and gives a link to it.
 * @throws {ServiceError} `unsupported_media_type`, `instagram_rejected`; nothing is stored then.
 */
export const createUploadFile =
  ({
    store,
    uploads,
    newId,
  }: {
    store: Pick<ObjectStore, 'put' | 'signLink'>;
    uploads: Pick<UploadRepository, 'insert'>;
    newId: () => string;
  }) =>
  async ({ account_id, bytes, use }: { account_id: number; bytes: Buffer; use: MediaUse | undefined }) => {
    const facts = await inspectMediaFile(bufferSource(bytes), use);
    const { content_type, warnings } = facts;
    const file = { account_id, key: toUploadKey(account_id, newId()), content_type, size: bytes.length };
    const version = await store.put(file.key, bytes, content_type);
    await uploads.insert(file, { ...version, content_type, facts });
    const link = await store.signLink(file.key, version.version_id);
    return { key: file.key, ...link, content_type, size: file.size, warnings };
  };
