import { z } from 'zod';
import { classify } from '../classify.ts';
import type { ErrorRow } from '../error-table.ts';
import { InstagramError } from '../errors.ts';
import type { CallOptions } from '../exchange.ts';
import type { GraphRequest } from '../graph.ts';
import { excerptOf } from '../redact.ts';
import { graphIdSchema } from '../schemas.ts';

/** A person in a picture: `x` and `y` from 0 to 1, from the left and the top. */
export interface UserTag {
  username: string;
  x?: number | undefined;
  y?: number | undefined;
}

/**
 * A container to be made, in Graph's own names.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
 */
export interface ContainerSpec {
  /** Absent: an image. `VIDEO` only as a part of an album. */
  media_type?: 'REELS' | 'STORIES' | 'CAROUSEL' | 'VIDEO';
  is_carousel_item?: true;
  image_url?: string | undefined;
  video_url?: string | undefined;
  /** Ids of an album's parts, all of them finished. */
  children?: readonly string[];
  caption?: string | null | undefined;
  alt_text?: string | undefined;
  location_id?: string | undefined;
  user_tags?: readonly UserTag[] | undefined;
  collaborators?: readonly string[] | undefined;
  cover_url?: string | undefined;
  /** Milliseconds. */
  thumb_offset?: number | undefined;
  share_to_feed?: boolean | undefined;
}

/** The statuses of a container that we know. */
export const CONTAINER_STATUSES = ['IN_PROGRESS', 'FINISHED', 'PUBLISHED', 'ERROR', 'EXPIRED'] as const;
export type ContainerStatus = (typeof CONTAINER_STATUSES)[number];

/** What Instagram says of a container. */
export interface ContainerState {
  /** null: a code that is new to us. */
  status_code: ContainerStatus | null;
  /** Instagram's own text; with ERROR it carries a subcode. */
  status: string | null;
}

const createdSchema = z.looseObject({ id: graphIdSchema }).transform(({ id }) => id);
const textSchema = z.string().nullish().catch(null);
const stateSchema = z
  .looseObject({ status_code: textSchema, status: textSchema })
  .transform(({ status_code, status }): ContainerState => {
    const known = toStatus(status_code || null, status || '');
    const text = status || (known === null ? status_code : null) || null;
    return { status_code: known, status: text === null ? null : excerptOf(text, []) };
  });

/** Without a code, the text begins with it (`Error: …`, `In Progress: …`). Without both, the container is asked again later. */
const toStatus = (code: string | null, text: string): ContainerStatus | null => {
  const said = code ?? /^[a-z]+(?:[ _][a-z]+)?(?=:|$)/i.exec(text)?.[0].replace(' ', '_') ?? '';
  const known = CONTAINER_STATUSES.find((one) => one === said.toUpperCase());
  return known ?? (code === null ? 'IN_PROGRESS' : null);
};

/** Instagram's publishing subcodes: seven digits that begin with 220. */
const SUBCODE = /\b220\d{4}\b/;

/** What a failure means when a container is made. Nobody sees a container, so it was either refused or may be made again. */
const asOfContainer = (row: ErrorRow): ErrorRow => {
  if (row.kind === 'transient' || row.kind === 'malformed') {
    return { ...row, kind: 'transient', retry: 'soon', writeEffect: 'none_retryable' };
  }
  if (row.kind !== 'rejected' || row.writeEffect === 'none_retryable') return row;
  const mayPass = row.means === 'not_fetched' || row.means === 'upload_lost';
  return {
    ...row,
    problem: 'instagram_rejected',
    retry: mayPass ? 'new_container' : 'never',
    writeEffect: 'none_final',
  };
};

/** Media that Instagram prepares for publishing. Nobody sees a container, so making one may be repeated. */
export const containersResource = (request: GraphRequest) => ({
  /**
   * Makes a container; gives its id. Instagram then fetches the file by itself.
   * @throws {InstagramError} `rejected`: refused, with Instagram's words; `transient`: it may be made again.
   */
  create: async (igUserId: string, spec: ContainerSpec, options: CallOptions = {}): Promise<string> => {
    try {
      return await request(
        { method: 'POST', path: [igUserId, 'media'], body: { ...spec }, schema: createdSchema },
        options,
      );
    } catch (error) {
      throw error instanceof InstagramError ? error.withRow(asOfContainer) : error;
    }
  },

  /** The status of a container. @throws {InstagramError} `missing` alone proves nothing. */
  get: (containerId: string, options: CallOptions = {}): Promise<ContainerState> =>
    request({ path: [containerId], params: { fields: 'status_code,status' }, schema: stateSchema }, options),
});

/**
 * The error of a container that ended with ERROR, or with a code we do not know: the same error as if Instagram had refused
 * the container at once. Nothing was published.
 */
export const toContainerError = ({ status }: ContainerState): InstagramError => {
  const error_subcode = Number(SUBCODE.exec(status ?? '')?.[0] ?? Number.NaN) || null;
  const message = status ?? 'Instagram gave no reason';
  const found = classify({ code: null, subcode: error_subcode, message, httpStatus: null, isTransient: false });
  const words = error_subcode === null ? 'Instagram could not process the media' : found.words;
  const problem =
    found.problem === 'instagram_error' && found.kind !== 'transient' ? 'instagram_rejected' : found.problem;
  return new InstagramError({
    call: 'GET {id}',
    write: true,
    row: { ...found, problem, words, writeEffect: 'none_final' },
    details: { code: null, error_subcode, message, fbtrace_id: null },
  });
};
