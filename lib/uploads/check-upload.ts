import { ServiceError } from '../errors.ts';
import { withHead } from '../media-files/byte-source.ts';
import type { MediaUse } from '../media-files/facts.ts';
import { inspectMediaFile } from '../media-files/inspect.ts';
import { checkSize, checkUse } from '../media-files/rules.ts';
import type { ObjectHead, ObjectStore, SignedLink } from './object-store.ts';
import type { UploadRepository } from './repository.ts';
import type { CheckedUpload, UploadRow } from './schema.ts';

interface Deps {
  store: Pick<ObjectStore, 'head' | 'source' | 'signLink'>;
  uploads: Pick<UploadRepository, 'find' | 'pin'>;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Enough for the index of most videos that begin with it: one read of S3 instead of ten. */
const HEAD_BYTES = 128 * 1024;

const notFound = (message: string) => new ServiceError('upload_not_found', message);
const expired = () => new ServiceError('upload_expired', 'The upload is no longer kept: upload the file again');
const replaced = () => notFound('Another file has taken the place of this upload: upload it again');

/** Whether S3 refused a read because that version is gone, or was replaced. */
const isReplaced = (error: unknown) =>
  error instanceof Error && ['PreconditionFailed', 'NoSuchKey', 'NoSuchVersion'].includes(error.name);

const isChecked = (upload: UploadRow): upload is CheckedUpload => upload.etag !== null && upload.facts !== null;

/** Checks what was declared. S3 itself enforces it by the form's conditions; other stores may not. */
const checkDeclared = (declared: UploadRow, found: ObjectHead, content_type: string) => {
  const family = (type: string) => type.split('/', 1)[0] as 'image' | 'video';
  const wrong = (message: string) =>
    new ServiceError('validation_failed', 'The upload is not what was declared', {
      errors: [{ path: 'upload_key', message }],
    });
  if (found.size !== declared.size) {
    throw wrong(`the file has ${found.size} bytes, ${declared.size} were declared`);
  }
  if (family(content_type) !== family(declared.content_type)) {
    throw wrong(`the file is ${content_type}, ${declared.content_type} was declared`);
  }
};

const load = async (
  { uploads, now }: Pick<Deps, 'uploads' | 'now'>,
  account_id: number,
  key: string,
  neededUntil?: number,
) => {
  const upload = await uploads.find(account_id, key);
  if (upload === null) throw notFound('There is no such upload of this account');
  if (Date.parse(upload.expires_at) <= Math.max(now(), neededUntil ?? 0)) throw expired();
  return upload;
};

/**
 * Inspects what was uploaded under a key, once, and stores which version that was: only that version may be published.
 * Later calls only check the stored facts for `use`.
 * @throws {ServiceError} `upload_not_found` (also another account's key, or nothing sent yet), `upload_expired` (also
 * before `neededUntil`, milliseconds since 1970), `validation_failed` when it is not what was declared,
 * `unsupported_media_type`, `instagram_rejected`.
 */
export const createCheckUpload =
  ({ store, uploads, now }: Deps) =>
  async ({
    account_id,
    key,
    use,
    neededUntil,
  }: {
    account_id: number;
    key: string;
    use?: MediaUse | undefined;
    neededUntil?: number | undefined;
  }): Promise<CheckedUpload> => {
    const upload = await load({ uploads, now }, account_id, key, neededUntil);
    if (isChecked(upload)) {
      checkUse(upload.facts, upload.size, use);
      return upload;
    }
    const head = await store.head(key);
    if (head === null) throw notFound('No file was sent with the form of this upload yet');
    // Before anything is read of it.
    checkSize(upload.content_type.startsWith('image/') ? 'image' : 'video', head.size);
    const facts = await inspectMediaFile(withHead(store.source(key, head), HEAD_BYTES), use).catch((error: unknown) => {
      throw isReplaced(error) ? replaced() : error;
    });
    checkDeclared(upload, head, facts.content_type);
    const pinned = await uploads.pin(upload, { ...head, content_type: facts.content_type, facts });
    if (!isChecked(pinned)) throw new Error('An upload was pinned and is not');
    return pinned;
  };

/**
 * A new link to the version of an upload that was inspected.
 * @throws {ServiceError} `upload_not_found` when it never was, or another file has taken its place; `upload_expired`.
 */
export const createLinkUpload =
  ({ store, uploads, now }: Deps) =>
  async ({ account_id, key }: { account_id: number; key: string }): Promise<SignedLink> => {
    const upload = await load({ uploads, now }, account_id, key);
    if (!isChecked(upload)) throw notFound('The upload was not inspected yet');
    const head = await store.head(key, upload.version_id);
    if (head === null) throw expired();
    if (head.etag !== upload.etag) throw replaced(); // in a bucket that keeps no versions
    return await store.signLink(key, upload.version_id);
  };
