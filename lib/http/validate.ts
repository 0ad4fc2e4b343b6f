import type { z } from 'zod';
import type { Endpoint } from '../contract.ts';
import { type ErrorCode, invalidRequest, ServiceError } from '../errors.ts';
import type { ApiEvent } from './event.ts';
import { requestWords } from './request-words.ts';
import { unknownKeyErrors } from './unknown-keys.ts';

type Part = 'params' | 'query' | 'headers' | 'body';

/** What is wrong with a request: `path` with dots, inside the query, the body or the headers. */
type RequestError = { path: string; message: string };

/** Of more mistakes, only the first ones are answered. */
const MAX_ERRORS = 50;

/**
 * Validates a request against its contract, and returns the values as the contract reads them. Query parameters and headers
 * that the contract does not name are ignored. Unknown keys of a body are refused, because a misspelt `scheduled_at` must not
 * publish at once. `bodyReader` has read the body before.
 * @throws {ServiceError} 404 for an impossible id in the path, `validation_failed` with all `errors` for anything else.
 */
export const parseRequest = <Contract extends Endpoint>(
  contract: Contract,
  event: ApiEvent,
): z.output<Contract['request']> => {
  const parts = contract.request.shape as Partial<Record<Part, z.ZodType>>;
  const raw: Partial<Record<Part, unknown>> = {};
  if (parts.params) raw.params = event.pathParameters ?? {};
  if (parts.query) raw.query = queryOf(event.rawQueryString);
  if (parts.headers) raw.headers = event.headers;
  if (parts.body) raw.body = event.body;

  const result = contract.request.safeParse(raw, { error: requestWords });
  if (result.success) {
    const errors = [...unstorableTexts(result.data)];
    if (errors.length > 0) throw refusal(errors);
    return result.data as z.output<Contract['request']>;
  }
  const { issues } = result.error;
  const badParam = issues.find(({ path }) => path[0] === 'params');
  if (badParam) throw new ServiceError(notFoundCode(contract, String(badParam.path[1])), 'Nothing has this id');
  throw refusal(
    issues.flatMap(errorsOf).map(({ path, message }) => ({
      path: path.slice(1).join('.'),
      message: isRepeated(raw, path) ? 'must be given once' : message,
    })),
  );
};

const errorsOf = (issue: z.core.$ZodIssue) =>
  issue.code === 'unrecognized_keys' ? unknownKeyErrors(issue, MAX_ERRORS) : [issue];

const refusal = (errors: readonly RequestError[]): ServiceError => invalidRequest(errors.slice(0, MAX_ERRORS));

/**
 * Query parameters by name. A repeated one becomes a list, which a schema for a single value refuses. API Gateway's own
 * `queryStringParameters` cannot be used: it joins repeated values with commas, so that `q=a,b` and `q=a&q=b` are the same.
 */
const queryOf = (rawQueryString: string): Record<string, string | string[]> => {
  const search = new URLSearchParams(rawQueryString);
  return Object.fromEntries(
    [...new Set(search.keys())].map((name) => {
      const [first = '', ...more] = search.getAll(name);
      return [name, more.length === 0 ? first : [first, ...more]];
    }),
  );
};

const isRepeated = (
  { query }: Partial<Record<Part, unknown>>,
  [part, name, ...rest]: readonly PropertyKey[],
): boolean =>
  part === 'query' && rest.length === 0 && Array.isArray((query as Record<PropertyKey, unknown>)[name ?? '']);

/** The 404 code for a placeholder: in `/posts/{id}/comments` an impossible id is `post_not_found`. */
const notFoundCode = ({ path, problems }: Endpoint, param: string): ErrorCode => {
  const segments = path.split('/');
  const collection = segments[segments.indexOf(`{${param}}`) - 1] ?? '';
  const codes = problems.filter((code) => code.endsWith('_not_found'));
  return codes.find((code) => collection.startsWith(code.replace('_not_found', ''))) ?? codes[0] ?? 'not_found';
};

/**
 * Finds texts that Postgres or Instagram cannot take: with NUL, or with half a surrogate pair. They are refused here, once,
 * so that no repository gets them. Walks without recursion, because JSON can be nested deep.
 */
function* unstorableTexts(parsed: Partial<Record<Part, unknown>>): Generator<RequestError> {
  const left = Object.values(parsed).map((value) => ({ path: '', value }));
  for (let next = left.pop(); next; next = left.pop()) {
    const { path, value } = next;
    if (typeof value === 'string') {
      if (value.includes('\0')) yield { path, message: 'must not contain NUL characters' };
      else if (!value.isWellFormed()) yield { path, message: 'must be well-formed Unicode' };
    } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      const inside = path === '' ? '' : `${path}.`;
      for (const [key, child] of Object.entries(value)) left.push({ path: `${inside}${key}`, value: child });
    }
  }
}
