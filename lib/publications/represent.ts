import type { Failure } from '../failure.ts';
import type { Container, Publication, PublicationFile, PublicationRow } from './schema.ts';

/** A URL without its query, which may hold a signature: others than its owner read publications. */
export const withoutQuery = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
};

const statusOf = (container: Container | undefined): Publication['media'][number]['status'] => {
  if (container === undefined) return 'pending';
  if (container.error !== null) return 'failed';
  const { status_code } = container;
  if (status_code === 'FINISHED' || status_code === 'PUBLISHED') return 'ready';
  return status_code === null || status_code === 'IN_PROGRESS' ? 'processing' : 'failed';
};

const showFile = (file: PublicationFile, container: Container | undefined): Publication['media'][number] => ({
  type: file.media,
  url: file.url === null ? null : withoutQuery(file.url),
  upload_key: file.upload_key,
  alt_text: file.alt_text ?? null,
  container_id: container?.instagram_id ?? null,
  status: statusOf(container),
  error: container?.error ?? null,
});

/** The container that is published in the end: not that of a part. */
export const mainContainerOf = ({ containers }: Pick<PublicationRow, 'containers'>): Container | undefined =>
  containers.find(({ part }) => part === null);

/** A row as clients see it, except its error: only functions know the path that a problem document names. */
export const toPublication = (row: PublicationRow): Omit<Publication, 'error'> & { error: Failure | null } => {
  const { id, account_id, kind, status, caption, media_id, post_id, permalink } = row;
  const main = mainContainerOf(row);
  const containerOf = (index: number) =>
    kind === 'carousel' ? row.containers.find(({ part }) => part === index) : main;
  return {
    id,
    account_id,
    kind,
    status,
    caption,
    media: row.request.files.map((file, index) => showFile(file, containerOf(index))),
    container_id: main?.instagram_id ?? null,
    media_id,
    post_id,
    permalink,
    scheduled_at: row.scheduled_at,
    published_at: row.published_at,
    first_comment:
      row.first_comment === null
        ? null
        : { text: row.first_comment, ...(row.comment ?? { status: 'pending', comment_id: null, error: null }) },
    error: status === 'published' ? null : row.error,
    created_at: row.created_at,
  };
};
