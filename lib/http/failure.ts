import { type Failure, fromFailure } from '../failure.ts';
import { type Problem, toProblem } from './problem.ts';

/** A row as clients see it: the failure it keeps, if any, told as a problem document about `instance` (its path). */
export const withProblem = <Row extends { error: Failure | null }>(
  row: Row,
  instance: string,
): Omit<Row, 'error'> & { error: Omit<Problem, 'request_id'> | null } => {
  if (row.error === null) return { ...row, error: null };
  const { request_id: _, ...problem } = toProblem(fromFailure(row.error), { instance, request_id: '' });
  return { ...row, error: problem };
};
