import { MAX_BYTES } from '../media-files/rules.ts';

/** Largest file that the API itself takes: in base64, with its envelope, it must fit into 6 MB. */
export const MAX_DIRECT_BYTES = 4 * 1024 * 1024;

/** How long a form may be used. */
export const POST_SECONDS = 600;

/** How long a link works; a role that another role (Lambda's) assumes cannot sign for longer. */
export const LINK_SECONDS = 3_600;

/**
 * How long a file is kept: as long as a publication may be scheduled ahead, and a few days more. Also the rule of the
 * bucket.
 */
export const KEPT_DAYS = 80;

/** Types that may be uploaded, with the largest size that Instagram takes. */
export const UPLOAD_TYPES = {
  'image/jpeg': MAX_BYTES.image,
  'video/mp4': MAX_BYTES.video,
  'video/quicktime': MAX_BYTES.video,
} as const;
export type UploadType = keyof typeof UPLOAD_TYPES;

/** The key of a file: no part of it comes from the caller. */
export const toUploadKey = (accountId: number, uuid: string): string => `uploads/${accountId}/${uuid}`;
