import type { Failure } from '../failure.ts';
import { toFailure } from '../failure.ts';
import { classifyDetails } from '../instagram/classify.ts';
import type { ErrorRow } from '../instagram/error-table.ts';
import { type InstagramError, toServiceError } from '../instagram/errors.ts';
import { withoutQuery } from './represent.ts';
import type { PublicationFile, PublicationRow } from './schema.ts';

/** A publication that cannot be published, and was not. */
export class PublicationFailed extends Error {
  override readonly name = 'PublicationFailed';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/** What Instagram meant by an error that is kept as a failure; null: it is none of Instagram's. */
export const meaningOf = (failure: Failure | null): ErrorRow | null =>
  failure === null || failure.instagram === null ? null : classifyDetails(failure.instagram);

const nameOf = ({ url, upload_key }: PublicationFile): string =>
  url === null ? `the upload ${upload_key}` : withoutQuery(url);

/** How a part of a carousel is named to whoever sent it. */
export const partName = (part: number | null): string => (part === null ? '' : `Part ${part + 1} (children.${part}): `);

/** What of a publication Instagram failed at, and why: which part, and which link, without its query. */
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

/** Why it was not published, now that this is known. */
export const notPublished = (failure: Failure | null): Failure => ({
  code: failure === null || failure.code === 'outcome_unknown' ? 'instagram_error' : failure.code,
  detail: `${failure?.detail ?? 'Instagram did not answer'}. It was not published`,
  instagram: failure?.instagram ?? null,
});

const PATIENCE_MS = 24 * 3_600_000;

/**
 * Nobody waits for more than a day for what Instagram or the account does not let happen.
 * @throws {PublicationFailed} what stood in the way last.
 */
export const ensurePatience = ({ overdue_ms, error }: Pick<PublicationRow, 'overdue_ms' | 'error'>): void => {
  if (overdue_ms <= PATIENCE_MS) return;
  throw new PublicationFailed(
    error ?? { code: 'instagram_error', detail: 'It could not be published within a day', instagram: null },
  );
};
