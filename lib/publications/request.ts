import { type PublicationBody, publicationBodySchema } from './body.ts';
import { ruleBreaches } from './rules.ts';

/** Whether a file is an image or a video, where the request says so; null: an upload, which must be inspected. */
const declaredMedia = ({
  image_url,
  video_url,
}: PublicationBody | NonNullable<PublicationBody['children']>[number]) => {
  if (image_url !== undefined) return 'image';
  return video_url === undefined ? null : 'video';
};

export const newPublicationSchema = publicationBodySchema
  .superRefine((body, context) => {
    const files = body.children ?? [body];
    for (const { path, message } of ruleBreaches(body, files.map(declaredMedia))) {
      context.addIssue({ code: 'custom', path: path.split('.'), message });
    }
  })
  .meta({
    id: 'NewPublication',
    example: { image_url: 'https://files.example.com/harbour.jpg', caption: 'Low tide #harbour' },
  });
