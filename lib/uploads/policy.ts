import { MAX_BYTES } from '../media-files/rules.ts';

/** Largest file that comes through the API itself: in base64, with its envelope, it must fit into 6 MB. */
export const MAX_DIRECT_BYTES = 4 * 1024 * 1024;

/** How long a form may be sent to S3. */
export const POST_SECONDS = 600;

/** How long a link to a file works; a role that is assumed by another (Lambda's) cannot sign for longer. */
export const LINK_SECONDS = 3_600;

/** How long a file is kept: as long as a publication may be scheduled ahead, and a few days. The bucket's lifecycle. */
export const KEPT_DAYS = 80;

/** What may be uploaded, with the largest size Instagram takes of it. */
export const UPLOAD_TYPES = {
  'image/jpeg': MAX_BYTES.image,
  'video/mp4': MAX_BYTES.video,
  'video/quicktime': MAX_BYTES.video,
} as const;
export type UploadType = keyof typeof UPLOAD_TYPES;

/** Where a file lies: nothing in it comes from the caller. */
export const toUploadKey = (accountId: number, uuid: string): string => `uploads/${accountId}/${uuid}`;
