import type { Failure } from '../failure.ts';
import { toFailure } from '../failure.ts';
import { classifyDetails } from '../instagram/classify.ts';
import type { ErrorRow } from '../instagram/error-table.ts';
import { type InstagramError, toServiceError } from '../instagram/errors.ts';
import { withoutQuery } from './represent.ts';
import type { PublicationFile, PublicationRow } from './schema.ts';

/** Ends a turn: the publication cannot be published, and was not. */
export class PublicationFailed extends Error {
  override readonly name = 'PublicationFailed';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/** The row of Meta's error that a stored failure came from; null: it came from no error of Meta's. */
export const meaningOf = (failure: Failure | null): ErrorRow | null =>
  failure === null || failure.instagram === null ? null : classifyDetails(failure.instagram);

const nameOf = ({ url, upload_key }: PublicationFile): string =>
  url === null ? `the upload ${upload_key}` : withoutQuery(url);

/** How a problem names a part of a carousel to the client; empty for the publication as a whole. */
export const partName = (part: number | null): string => (part === null ? '' : `Part ${part + 1} (children.${part}): `);

/** Why Instagram refused a container, naming the part and the link, without its query. */
export const describeFailure = (
  { request, kind }: Pick<PublicationRow, 'request' | 'kind'>,
  part: number | null,
  error: InstagramError,
): Failure => {
  const failure = toFailure(toServiceError(error));
  const file = kind === 'carousel' && part === null ? undefined : request.files[part ?? 0];
  if (file === undefined) return failure;
  const { cover_url } = request;
  const cover = cover_url === undefined ? '' : `, or its cover ${withoutQuery(cover_url)}`;
  const link = error.means === 'not_fetched' ? `: ${nameOf(file)}${cover}` : '';
  return { ...failure, detail: `${partName(part)}${failure.detail}${link}` };
};

/** The failure of a publication that certainly was not published. */
export const notPublished = (failure: Failure | null): Failure => ({
  code: failure === null || failure.code === 'outcome_unknown' ? 'instagram_error' : failure.code,
  detail: `${failure?.detail ?? 'Instagram did not answer'}. It was not published`,
  instagram: failure?.instagram ?? null,
});

const PATIENCE_MS = 24 * 3_600_000;

/**
 * Gives up after a day what Instagram or the account does not allow to go on.
 * @throws {PublicationFailed} why it could not go on last time.
 */
export const ensurePatience = ({ overdue_ms, error }: Pick<PublicationRow, 'overdue_ms' | 'error'>): void => {
  if (overdue_ms <= PATIENCE_MS) return;
  throw new PublicationFailed(
    error ?? { code: 'instagram_error', detail: 'It could not be published within a day', instagram: null },
  );
};
