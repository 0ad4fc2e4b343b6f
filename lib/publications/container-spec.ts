import type { ContainerSpec } from '../instagram/resources/containers.ts';
import type { PublicationFile, PublicationRow } from './schema.ts';

type Whole = Pick<PublicationRow, 'kind' | 'caption' | 'request'>;

const linkOf = ({ media }: PublicationFile, url: string) =>
  media === 'image' ? { image_url: url } : { video_url: url };

/** Fields of the publication as a whole, whatever its kind. */
const wholeOf = ({ caption, request: { location_id, collaborators } }: Whole) => ({
  caption,
  location_id,
  collaborators,
});

/** A part of a carousel, its file at `url`. */
export const partSpec = (file: PublicationFile, url: string): ContainerSpec => {
  const { media, alt_text, user_tags, thumb_offset } = file;
  return {
    is_carousel_item: true,
    ...linkOf(file, url),
    ...(media === 'image' ? { alt_text, user_tags } : { media_type: 'VIDEO', thumb_offset }),
  };
};

/** A carousel of finished parts. */
export const carouselSpec = (publication: Whole, children: readonly string[]): ContainerSpec => ({
  media_type: 'CAROUSEL',
  children,
  ...wholeOf(publication),
});

/** An image, reel or story, its file at `url`. */
export const singleSpec = (publication: Whole, file: PublicationFile, url: string): ContainerSpec => {
  const { kind, request } = publication;
  const { alt_text, user_tags, thumb_offset } = file;
  const link = linkOf(file, url);
  if (kind === 'story') return { media_type: 'STORIES', ...link, user_tags };
  if (kind === 'image') return { ...link, ...wholeOf(publication), alt_text, user_tags };
  const { cover_url, share_to_feed } = request;
  return { media_type: 'REELS', ...link, ...wholeOf(publication), user_tags, thumb_offset, cover_url, share_to_feed };
};
