import { textDigest } from '../comments/index.ts';
import type { MediaInput } from '../instagram/resources/media-schema.ts';
import type { PublicationRow } from './schema.ts';

/** What of a publication can be told from its media once it is published. */
export type Look = Pick<PublicationRow, 'kind' | 'caption' | 'request'>;

/** Equal for publications whose media cannot be told from one another. */
export const lookDigest = ({ kind, caption, request: { files } }: Look): string =>
  textDigest(`${kind} ${kind === 'story' ? files[0]?.media : files.length} ${kind === 'story' ? '' : (caption ?? '')}`);

/** `media_type` and `media_product_type` that a publication reads back with. */
export const mediaTypesOf = ({ kind, request: { files } }: Pick<Look, 'kind' | 'request'>) => {
  if (kind === 'carousel') return { media_type: 'CAROUSEL_ALBUM', media_product_type: 'FEED' };
  const media_type = files[0]?.media === 'image' ? 'IMAGE' : 'VIDEO';
  return { media_type, media_product_type: { image: 'FEED', reel: 'REELS', story: 'STORY' }[kind] };
};

/** Whether a media may be what was made of a publication. Instagram Login does not always tell the product type. */
export const looksLike = (media: MediaInput, look: Look): boolean => {
  const { media_type, media_product_type } = mediaTypesOf(look);
  if (media.media_type !== media_type) return false;
  if (media.media_product_type !== null && media.media_product_type !== media_product_type) return false;
  if (look.kind === 'story') return true; // what a story says is in its picture
  if (look.kind === 'carousel' && media.children.length !== look.request.files.length) return false;
  return textDigest(media.caption ?? '') === textDigest(look.caption ?? '');
};
