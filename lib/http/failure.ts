import type { InstagramDetails } from '../errors.ts';
import { type Failure, fromFailure } from '../failure.ts';
import { type Problem, toProblem } from './problem.ts';

/** A problem document about something that failed earlier: no request of the reader's belongs to it. */
export type StoredProblem = Pick<Problem, 'type' | 'title' | 'status' | 'detail' | 'instance' | 'code'> & {
  instagram: InstagramDetails | null;
};

/** A row as clients see it: the failure it keeps, if any, told as a problem document about `instance` (its path). */
export const withProblem = <Row extends { error: Failure | null }>(
  row: Row,
  instance: string,
): Omit<Row, 'error'> & { error: StoredProblem | null } => {
  if (row.error === null) return { ...row, error: null };
  const { type, title, status, detail, code } = toProblem(fromFailure(row.error), { instance, request_id: '' });
  return { ...row, error: { type, title, status, detail, instance, code, instagram: row.error.instagram } };
};
