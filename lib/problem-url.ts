import type { ErrorCode } from './errors.ts';

/** The page about a code, as its route names it. */
export const PROBLEM_PAGE_PATH = '/docs/problems/{code}';

/** What a problem document's `type` says: the address of that page. `baseUrl` has no slash at the end. */
export const problemUrl = (baseUrl: string, code: ErrorCode): string =>
  `${baseUrl}${PROBLEM_PAGE_PATH.replace('{code}', code)}`;
