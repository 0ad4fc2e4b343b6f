import type { ErrorCode } from './errors.ts';

/** The list of all codes. */
export const PROBLEMS_PATH = '/docs/problems';
/** The page about a code, as its route names it. */
export const PROBLEM_PAGE_PATH = `${PROBLEMS_PATH}/{code}` as const;

/** What a problem document's `type` says: the address of that page. `baseUrl` has no slash at the end. */
export const problemUrl = (baseUrl: string, code: ErrorCode): string =>
  `${baseUrl}${PROBLEM_PAGE_PATH.replace('{code}', code)}`;
