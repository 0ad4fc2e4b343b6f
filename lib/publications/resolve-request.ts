import { invalidRequest, ServiceError } from '../errors.ts';
import type { MediaUse } from '../media-files/facts.ts';
import type { PublicationBody, PublicationKind } from './body.ts';
import { type FileMedia, kindOf, ruleBreaches } from './rules.ts';
import type { PublicationFile, PublicationRequest } from './schema.ts';

/** Inspects an upload, and refuses what Instagram does not take for its use. */
export type CheckUpload = (upload: {
  account_id: number;
  key: string;
  use?: MediaUse | undefined;
  neededUntil?: number | undefined;
}) => Promise<{ facts: { media: 'image' | 'video' } }>;

type File = PublicationBody | NonNullable<PublicationBody['children']>[number];

const MAX_AHEAD_MS = 75 * 24 * 3_600_000;
/** How long an upload must be kept after the time of its publication: publishing may be tried for a day. */
const KEPT_MS = 26 * 3_600_000;

/** A request whose uploads have been inspected. */
export interface ResolvedRequest {
  kind: PublicationKind;
  request: PublicationRequest;
  caption: string | null;
  first_comment: string | null;
  scheduled_at: string | null;
}

/** The same failure, saying which of the children it is about. */
const aboutChild = (error: unknown, index: number): unknown => {
  if (!(error instanceof ServiceError)) return error;
  const { code, message, options } = error;
  const errors = options.errors?.map((one) => ({ ...one, path: `children.${index}.${one.path}` }));
  return new ServiceError(code, `children.${index}: ${message}`, { ...options, ...(errors && { errors }) });
};

/**
 * Inspects the uploads of a request, and applies the rules that depend on what they are.
 * @throws {ServiceError} `validation_failed`, and whatever is wrong with an upload.
 */
export const createResolveRequest = ({
  checkUpload,
  clock,
}: {
  checkUpload: CheckUpload;
  /** Milliseconds since 1970. */
  clock: () => number;
}) => {
  const ensureTime = (scheduled_at: string | undefined): void => {
    if (scheduled_at === undefined) return;
    const ahead = Date.parse(scheduled_at) - clock();
    if (ahead <= 0) throw invalidRequest([{ path: 'scheduled_at', message: 'must be in the future' }]);
    if (ahead > MAX_AHEAD_MS)
      throw invalidRequest([{ path: 'scheduled_at', message: 'must be at most 75 days ahead' }]);
  };

  return async (account_id: number, body: PublicationBody): Promise<ResolvedRequest> => {
    ensureTime(body.scheduled_at);
    const neededUntil = (body.scheduled_at === undefined ? clock() : Date.parse(body.scheduled_at)) + KEPT_MS;
    const check = async (key: string, use: MediaUse | undefined) =>
      (await checkUpload({ account_id, key, use, neededUntil })).facts.media;

    const mediaOf = async (file: File, use: MediaUse | undefined): Promise<'image' | 'video'> => {
      if (file.image_url !== undefined) return 'image';
      if (file.video_url !== undefined) return 'video';
      const key = file.upload_key ?? '';
      const media = await check(key, use);
      // An upload without a use decides the kind of the publication, and must be fit for that kind.
      if (use === undefined) await check(key, media === 'image' ? 'image' : 'reel');
      return media;
    };

    const files: readonly File[] = body.children ?? [body];
    const media: FileMedia[] = [];
    for (const [index, file] of files.entries()) {
      const use = body.children === undefined ? useOf(body.kind) : 'carousel_item';
      media.push(
        await mediaOf(file, use).catch((error: unknown) => {
          throw body.children === undefined ? error : aboutChild(error, index);
        }),
      );
    }
    const breaches = ruleBreaches(body, media);
    const kind = kindOf(body, media);
    if (breaches.length > 0 || kind === null) throw invalidRequest(breaches);
    return {
      kind,
      request: {
        files: files.map((file, index) => toFile(file, media[index] === 'video' ? 'video' : 'image')),
        ...withoutUndefined({
          location_id: body.location_id,
          collaborators: body.collaborators,
          cover_url: body.cover_url,
          share_to_feed: body.share_to_feed,
        }),
      },
      caption: body.caption || null,
      first_comment: body.first_comment ?? null,
      scheduled_at: body.scheduled_at ?? null,
    };
  };
};
export type ResolveRequest = ReturnType<typeof createResolveRequest>;

const useOf = (kind: PublicationKind | undefined): MediaUse | undefined =>
  kind === 'carousel' ? 'carousel_item' : kind;

const toFile = (
  { image_url, video_url, upload_key, alt_text, user_tags, thumb_offset }: File,
  media: 'image' | 'video',
): PublicationFile => ({
  media,
  url: image_url ?? video_url ?? null,
  upload_key: upload_key ?? null,
  ...withoutUndefined({ alt_text, user_tags: user_tags?.map(withoutUndefined), thumb_offset }),
});

/** JSON has no undefined, and rows are JSON. */
const withoutUndefined = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
