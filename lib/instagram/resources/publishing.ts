import { z } from 'zod';
import type { CallLimits, CallOptions } from '../exchange.ts';
import { askingLess, knownFields } from '../fields.ts';
import type { GraphRequest } from '../graph.ts';
import { countSchema, graphIdSchema, orAbsent, requiredCountSchema, rowsOf } from '../schemas.ts';
import { type MediaPage, type MediaPageRequest, mediaPageSchema } from './media.ts';
import { MEDIA_FIELDS, toFieldsParameter } from './media-schema.ts';

/** How many media the account may publish within a moving window; `null`: Instagram does not tell. */
export interface PublishingLimit {
  /** Some minutes old. */
  quota_usage: number;
  quota_total: number | null;
  /** Seconds. */
  quota_duration: number | null;
}

const quotaSchema = z.looseObject({
  quota_usage: requiredCountSchema,
  config: orAbsent(z.looseObject({ quota_total: countSchema, quota_duration: countSchema })),
});
const limitSchema = z
  .looseObject({ data: rowsOf(quotaSchema) })
  .transform(({ data: [first] }, context): PublishingLimit => {
    if (first === undefined) {
      context.addIssue({ code: 'custom', path: ['data', 'quota_usage'], message: 'is missing' });
      return z.NEVER;
    }
    const { quota_usage, config } = first;
    return {
      quota_usage,
      quota_total: config?.quota_total ?? null,
      quota_duration: config?.quota_duration ?? null,
    };
  });

const publishedSchema = z.looseObject({ id: graphIdSchema }).transform(({ id }) => id);

/** Making media public. */
export const publishingResource = (request: GraphRequest) => ({
  /**
   * Publishes a container; gives the media's id. Sent once; the container's status tells whether it was published.
   * @throws {InstagramError} whose `writeEffect` says what may have happened.
   */
  publish: (igUserId: string, containerId: string, options: CallOptions = {}): Promise<string> =>
    request(
      {
        method: 'POST',
        path: [igUserId, 'media_publish'],
        body: { creation_id: containerId },
        schema: publishedSchema,
      },
      options,
    ),

  /** @throws {InstagramError} */
  getLimit: (igUserId: string, options: CallOptions = {}): Promise<PublishingLimit> =>
    request(
      {
        path: [igUserId, 'content_publishing_limit'],
        params: { fields: 'quota_usage,config' },
        schema: limitSchema,
      },
      options,
    ),

  /** One page of the account's stories of the last 24 hours, which its media do not list. @throws {InstagramError} */
  readStories: (
    igUserId: string,
    { limit, after, fields }: MediaPageRequest,
    limits: CallLimits = {},
  ): Promise<MediaPage> =>
    askingLess(
      request,
      { limit, fields: knownFields(fields, MEDIA_FIELDS) },
      MEDIA_FIELDS,
      limits,
      async (used, options) => {
        const params = { fields: toFieldsParameter(used.fields), limit: used.limit, after };
        return { ...(await request({ path: [igUserId, 'stories'], params, schema: mediaPageSchema }, options)), used };
      },
    ),
});
