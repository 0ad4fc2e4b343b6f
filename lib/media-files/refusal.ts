import { ServiceError } from '../errors.ts';

/**
 * Instagram's own codes for files it refuses, so that a refusal reads the same whether it is ours or Instagram's.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
 */
const CODES = {
  image_size: [36_000, 2_207_004],
  image_format: [36_001, 2_207_005],
  image_aspect: [36_003, 2_207_009],
  video_format: [352, 2_207_026], // format, codec, length, size, shape: Instagram has one code for all
} as const;
export type RefusalReason = keyof typeof CODES;

/** The refusal of a file that Instagram would not take; without `fbtrace_id`, as Instagram was not asked. */
export const refusalOf = (reason: RefusalReason, message: string): ServiceError => {
  const [code, error_subcode] = CODES[reason];
  return new ServiceError('instagram_rejected', message, {
    instagram: { code, error_subcode, message, fbtrace_id: null },
  });
};
