import type { InstagramDetails } from '../errors.ts';
import { ERROR_ROWS, type ErrorRow, TRANSIENT, UNKNOWN_ERROR } from './error-table.ts';

/** What an answer tells about its error; `null`: it does not tell. */
export interface ErrorFacts {
  code: number | null;
  subcode: number | null;
  message: string;
  httpStatus: number | null;
  isTransient: boolean;
}

/**
 * The row of an error. Looked for in this order: by code and subcode; by a subcode of Instagram's own (seven digits, one
 * meaning under every code); by code and Meta's words; by code; by HTTP status.
 */
export const classify = (facts: ErrorFacts): ErrorRow => {
  const row =
    ERROR_ROWS.find((one) => one.code !== undefined && one.subcode !== undefined && matches(one, facts)) ??
    ERROR_ROWS.find((one) => (facts.subcode ?? 0) >= 1_000_000 && one.subcode && within(one.subcode, facts.subcode)) ??
    ERROR_ROWS.find((one) => one.code !== undefined && one.subcode === undefined && matches(one, facts)) ??
    ERROR_ROWS.find((one) => one.http !== undefined && matches(one, facts)) ??
    UNKNOWN_ERROR;
  const mayPass = row.kind === 'permission' || row.kind === 'rejected' || row.kind === 'missing';
  if (facts.isTransient && mayPass) return asTransient(row);
  // a server error makes nothing certain: the failure may have come after the effect
  return (facts.httpStatus ?? 0) >= 500 ? { ...row, writeEffect: 'maybe' } : row;
};

/** What Instagram says will pass refuses no parameter: the same call may succeed a moment later. */
const asTransient = ({ means, ...row }: ErrorRow): ErrorRow => ({
  ...row,
  ...(means !== undefined && means !== 'parameter_refused' && { means }),
  ...TRANSIENT,
});

/** The row of an error whose details were stored. */
export const classifyDetails = ({ code, error_subcode: subcode, message }: InstagramDetails): ErrorRow =>
  classify({ code, subcode, message, httpStatus: null, isTransient: false });

const matches = (row: ErrorRow, { code, subcode, httpStatus, message }: ErrorFacts) =>
  within(row.code, code) &&
  within(row.subcode, subcode) &&
  within(row.http, httpStatus) &&
  (row.says === undefined || row.says.test(message));

const within = (wanted: ErrorRow['code'], value: number | null) => {
  if (wanted === undefined) return true;
  if (value === null) return false;
  return typeof wanted === 'number' ? wanted === value : value >= wanted[0] && value <= wanted[1];
};
