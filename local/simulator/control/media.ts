import { z } from 'zod';
import type { Media, NewMedia } from '../world/types.ts';
import { MAX_GENERATED_MEDIA } from '../world/world.ts';
import type { ControlRoute } from './route.ts';

const partSchema = z.strictObject({
  id: z.string().min(1).optional(),
  media_type: z.string().optional(),
  alt_text: z.string().nullable().optional(),
  file: z.string().nullable().optional(),
  thumbnail: z.string().nullable().optional(),
});

const changesSchema = partSchema.omit({ id: true }).extend({
  caption: z.string().nullable().optional(),
  media_product_type: z.string().nullable().optional(),
  shortcode: z.string().optional(),
  like_count: z.number().optional(),
  comments_count: z.number().optional(),
  is_comment_enabled: z.boolean().optional(),
  likesHidden: z.boolean().optional(),
  commentsWithheld: z.int().min(0).optional(),
  withheld: z.boolean().optional(),
  overrides: z.record(z.string(), z.unknown()).optional(),
});

const newMediaSchema = changesSchema.extend({
  id: z.string().min(1).optional(),
  timestamp: z.union([z.string(), z.int()]).optional(),
  children: z.array(partSchema).optional(),
});

const additionSchema = newMediaSchema.extend({ count: z.int().min(1).max(1_000).default(1) });

const countSchema = z.strictObject({ count: z.int().min(0).max(MAX_GENERATED_MEDIA) });

const withoutUndefined = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const numberOf = (query: URLSearchParams, name: string, usual: number): number => {
  const value = Number(query.get(name) ?? usual);
  if (!Number.isInteger(value) || value < 0) throw new TypeError(`${name} must be a whole number`);
  return value;
};

/** The media of the first account, or of `?account_id=`. */
export const mediaRoutes: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/media',
    answer: ({ query, origin }, { world, links }) => {
      const accountId = query.get('account_id') ?? world.account().id;
      const offset = numberOf(query, 'offset', 0);
      const link = (file: string | null): string | null => file && links.linkTo(file, origin);
      const show = (media: Media) => ({ ...media, file_url: link(media.file), thumbnail_url: link(media.thumbnail) });
      const media = world.media(accountId);
      return {
        body: { total: media.length, media: media.slice(offset, offset + numberOf(query, 'limit', 25)).map(show) },
      };
    },
  },
  {
    method: 'POST',
    path: '/media',
    answer: ({ query, body }, { world }) => {
      const { count, ...given } = additionSchema.parse(body);
      const media = Array.from({ length: count }, () => withoutUndefined(given) as NewMedia);
      return { status: 201, body: { media: world.addMedia(media, query.get('account_id') ?? undefined) } };
    },
  },
  {
    method: 'PUT',
    path: '/media',
    answer: ({ query, body }, { world }) => {
      const { count } = countSchema.parse(body);
      const accountId = query.get('account_id') ?? world.account().id;
      world.setMediaCount(count, accountId);
      return { body: { media_count: world.mediaCount(accountId) } };
    },
  },
  {
    method: 'PATCH',
    path: '/media/{id}',
    answer: ({ params, body }, { world }) => {
      const changes = withoutUndefined(changesSchema.parse(body)) as Partial<Media>;
      return { body: world.editMedia(params.id ?? '', changes) };
    },
  },
  {
    method: 'DELETE',
    path: '/media/{id}',
    answer: ({ params }, { world }) => ({ body: { removed: world.removeMedia([params.id ?? '']) } }),
  },
  {
    method: 'DELETE',
    path: '/media',
    answer: ({ query }, { world }) => {
      const accountId = query.get('account_id') ?? world.account().id;
      const newest = world
        .media(accountId)
        .filter(world.isCounted)
        .slice(0, numberOf(query, 'newest', 0));
      return { body: { removed: world.removeMedia(newest.map(({ id }) => id)) } };
    },
  },
];
