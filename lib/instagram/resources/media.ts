import { InstagramError } from '../errors.ts';
import type { CallLimits, CallOptions } from '../exchange.ts';
import { type Asked, askingLess, type FieldSet, knownFields } from '../fields.ts';
import type { GraphRequest } from '../graph.ts';
import { graphPageOf, type UnreadableRow } from '../listing.ts';
import { MEDIA_FIELDS, type MediaInput, mediaSchema, toFieldsParameter } from './media-schema.ts';

/** Where a page starts and what it holds. */
export interface MediaPageRequest {
  /** 1 to 100. */
  limit: number;
  /** The position at which the page before ended; `null`: the newest media. */
  after: string | null;
  /** Unix seconds; only media older than that. */
  until?: number;
  fields: FieldSet;
}

export interface MediaPage {
  /** Newest first in practice. May be fewer than asked for, even none, before the end. */
  items: readonly MediaInput[];
  unreadable: readonly UnreadableRow[];
  /** `null`: the end. */
  after: string | null;
  /** What Instagram accepted; it may be less than was asked for. All other fields are `null`, which says nothing about them. */
  used: Asked;
}

/** Every field that we first ask a media object for. */
export const ALL_MEDIA_FIELDS: FieldSet = MEDIA_FIELDS.all;

const MAX_LIMIT = 100;
/** Compiled, because a page has 1,500 values. */
export const mediaPageSchema = graphPageOf(mediaSchema, { compiled: true });

/** An account's media. Instagram lists only the newest 10,000, and no stories. */
export const mediaResource = (request: GraphRequest) => ({
  /**
   * One page of an account's media. Asks for less when Instagram refuses: see `used`.
   * @throws {InstagramError} `hint: 'invalid_cursor'` when Instagram no longer knows `after`.
   */
  readPage: async (
    igUserId: string,
    { limit, after, until, fields }: MediaPageRequest,
    limits: CallLimits = {},
  ): Promise<MediaPage> => {
    const asked = { limit: Math.min(Math.max(limit, 1), MAX_LIMIT), fields: knownFields(fields, MEDIA_FIELDS) };
    try {
      return await askingLess(request, asked, MEDIA_FIELDS, limits, async (used, options) => {
        const params = { fields: toFieldsParameter(used.fields), limit: used.limit, after, until };
        return { ...(await request({ path: [igUserId, 'media'], params, schema: mediaPageSchema }, options)), used };
      });
    } catch (error) {
      throw after === null ? error : asCursorError(error);
    }
  },

  /** One media object, without the fields that Instagram refuses. @throws {InstagramError} `missing` alone proves nothing. */
  get: (mediaId: string, options: CallOptions = {}): Promise<MediaInput> =>
    askingLess(request, { limit: 1, fields: MEDIA_FIELDS.all }, MEDIA_FIELDS, options, ({ fields }, limits) =>
      request({ path: [mediaId], params: { fields: toFieldsParameter(fields) }, schema: mediaSchema }, limits),
    ),
});

/** Instagram refuses a parameter, does not say which, and fewer fields did not help: so it must be the position. */
export const asCursorError = (error: unknown) =>
  error instanceof InstagramError && error.means === 'parameter_refused' && error.hint === 'core_fields'
    ? error.withHint('invalid_cursor')
    : error;
