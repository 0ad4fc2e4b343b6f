import type { InstagramDetails } from '../errors.ts';
import { type Failure, fromFailure } from '../failure.ts';
import { type Problem, type ProblemContext, toProblem } from './problem.ts';

/** A problem document about something that failed earlier, in no request of the reader's. */
export type StoredProblem = Pick<
  Problem,
  'type' | 'title' | 'status' | 'detail' | 'instance' | 'code' | 'retryable'
> & {
  instagram: InstagramDetails | null;
};

/** A row as clients see it: its stored failure, if any, becomes a problem document about `instance`, the row's path. */
export const withProblem = <Row extends { error: Failure | null }>(
  row: Row,
  instance: string,
  { baseUrl }: Pick<ProblemContext, 'baseUrl'>,
): Omit<Row, 'error'> & { error: StoredProblem | null } => {
  if (row.error === null) return { ...row, error: null };
  const failure = fromFailure(row.error);
  const { type, title, status, detail, code, retryable } = toProblem(failure, { instance, baseUrl, request_id: '' });
  return { ...row, error: { type, title, status, detail, instance, code, retryable, instagram: row.error.instagram } };
};
