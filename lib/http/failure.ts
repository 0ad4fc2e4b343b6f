import { type Failure, fromFailure, type StoredProblem } from '../failure.ts';
import { type ProblemContext, toProblem } from './problem.ts';

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
