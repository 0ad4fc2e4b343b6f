import type { z } from 'zod';
import type { Endpoint } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import type { ApiEvent, ApiResult } from './event.ts';
import { Reply } from './reply.ts';

/** An answer that breaks its contract: a bug of ours. Its issues hold paths and codes, never values. */
export class ResponseMismatch extends Error {
  override readonly name = 'ResponseMismatch';
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super('The answer does not match its contract');
    this.issues = issues;
  }
}

const MAX_ISSUES = 10;

/** Turns a use case's answer into status, headers and body. The contract's schema removes what it does not name. */
export const checkReply = (contract: Endpoint, answer: unknown): Reply<number, unknown> => {
  const { status, body, headers } = answer instanceof Reply ? answer : new Reply(lowestSuccess(contract), answer, {});
  if (typeof body === 'string' && contract.alsoProduces !== undefined) {
    return new Reply(status, body, { 'Content-Type': contract.alsoProduces, ...headers });
  }
  const schema = contract.responses[status];
  if (schema === undefined) throw new ResponseMismatch([`status ${status}`]);
  const result = schema.safeParse(body);
  if (result.success) return new Reply(status, result.data, headers);
  throw new ResponseMismatch(
    result.error.issues.slice(0, MAX_ISSUES).map(({ path, code }: z.core.$ZodIssue) => `${path.join('.')}: ${code}`),
  );
};

const lowestSuccess = ({ responses }: Endpoint): number =>
  Math.min(
    ...Object.keys(responses)
      .map(Number)
      .filter((status) => status >= 200 && status < 300),
  );

/** Serializes a reply as JSON, as text of the contract's own type, or as nothing if it has no body. */
export const toResult = (
  { status, body, headers }: Reply<number, unknown>,
  contentType = 'application/json',
): ApiResult => {
  if (body === undefined) return { statusCode: status, headers: { ...headers } };
  const type = headers['Content-Type'] ?? contentType;
  return {
    statusCode: status,
    headers: { 'Content-Type': type, ...headers },
    body: typeof body === 'string' && type !== 'application/json' ? body : JSON.stringify(body),
  };
};

/** Lambda refuses a larger answer. It measures the JSON of the whole result. */
const MAX_RESULT_BYTES = 6 * 1024 * 1024;
/**
 * A character has at most three bytes, and escaping JSON inside JSON at worst doubles them. A body that is short enough by
 * this figure need not be measured.
 */
const MAX_CHARACTER_BYTES = 6;

const sizeOf = (result: ApiResult): number => Buffer.byteLength(JSON.stringify(result));
const acceptsGzip = ({ headers }: ApiEvent): boolean =>
  (headers['accept-encoding'] ?? '').split(',').some((coding) => {
    const [name = '', quality = ''] = coding
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    return (name === 'gzip' || name === '*') && !/^q=0(\.0{0,3})?$/.test(quality);
  });

/**
 * Makes an answer fit into Lambda's limit: above 6 MB it is compressed, if the client takes gzip. A smaller one is sent as
 * it is, because compression costs the function time.
 * @throws {ServiceError} `internal_error` if it cannot be made to fit; the detail says what to do.
 */
export const fitResult = async (event: ApiEvent, result: ApiResult): Promise<ApiResult> => {
  const { length = 0 } = result.body ?? '';
  if (length * MAX_CHARACTER_BYTES < MAX_RESULT_BYTES || sizeOf(result) <= MAX_RESULT_BYTES) return result;
  if (acceptsGzip(event)) {
    const { gzipSync } = await import('node:zlib');
    const body = gzipSync(result.body ?? '').toString('base64');
    const headers = { ...result.headers, 'Content-Encoding': 'gzip' };
    const compressed = { ...result, headers, body, isBase64Encoded: true };
    if (sizeOf(compressed) <= MAX_RESULT_BYTES) return compressed;
  }
  throw new ServiceError(
    'internal_error',
    'The answer is larger than the 6 MB that can be sent: ask for a smaller page (`limit`), or accept gzip',
  );
};
