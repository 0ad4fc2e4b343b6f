import { z } from 'zod';
import { type Endpoint, pathsOf } from '../contract.ts';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { instagramDetailsSchema } from '../failure.ts';
import { problemUrl } from '../problem-url.ts';

/** How HTTP says a code: the table of `lib/http/problem.ts`, handed in, since features do not know HTTP. */
export type ProblemTable = Readonly<Record<ErrorCode, { status: number; title: string; retryable?: true }>>;

/** Open to further members, as RFC 9457 has it (`sync_id`). */
const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(ERROR_CODES),
    retryable: z.boolean(),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    instagram: instagramDetailsSchema.optional(),
  })
  .meta({
    id: 'Problem',
    description:
      'RFC 9457 problem document; `code` is stable, `detail` is for people, `type` is a page that says who can do what',
  });

const REASONS: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted: it goes on',
  204: 'Done',
};
const HEADERS = {
  'X-Request-Id': { description: 'Names this request in our logs', schema: { type: 'string' as const } },
};
const RETRY_AFTER = { description: 'Seconds to wait', schema: { type: 'integer' as const } };
const ETAG = { description: 'Weak; send it back in `If-None-Match`', schema: { type: 'string' as const } };
const LINK = {
  description: 'The next and the previous page (RFC 8288), as in the body; left out where it would be very long',
  schema: { type: 'string' as const },
};
const DEPRECATION = { description: 'Not to be used since (RFC 9745)', schema: { type: 'string' as const } };
const SUNSET = { description: 'May be gone from then on (RFC 8594)', schema: { type: 'string' as const } };
const LOCATION = { description: 'Where to look for the outcome', schema: { type: 'string' as const, format: 'uri' } };

/** What can go wrong with any request that reaches a function. */
const commonProblems = ({ scope, request, method }: Endpoint): ErrorCode[] => [
  ...(Object.keys(request.shape).length > 0 ? (['validation_failed'] as const) : []),
  ...(scope === null ? [] : (['unauthorized', 'forbidden'] as const)),
  ...(method === 'POST' || method === 'PATCH'
    ? (['invalid_json', 'unsupported_media_type', 'payload_too_large'] as const)
    : []),
  'internal_error',
];

/** Problem responses by status: a status that several codes share lists them all. */
export const problemResponses = (
  endpoint: Endpoint,
  { problems, serverUrl }: { problems: ProblemTable; serverUrl: string },
) => {
  const codes = [...new Set([...commonProblems(endpoint), ...endpoint.problems])];
  const statuses = [...new Set(codes.map((code) => problems[code].status))].sort((one, other) => one - other);
  return Object.fromEntries(
    statuses.map((status) => {
      const here = codes.filter((code) => problems[code].status === status);
      const examples = here.map((code) => {
        const { title, retryable = false } = problems[code];
        const instance = pathsOf(endpoint)[0] ?? '/';
        const value = {
          type: problemUrl(serverUrl, code),
          title,
          status,
          detail: title,
          instance,
          code,
          retryable,
          request_id: 'f3b9c1d2',
        };
        return [code, { summary: title, value }] as const;
      });
      const retry = status === 429 || status === 503 ? { 'Retry-After': RETRY_AFTER } : {};
      const content = { 'application/problem+json': { schema: problemSchema, examples: Object.fromEntries(examples) } };
      return [
        String(status),
        { description: here.map((code) => `\`${code}\``).join(', '), headers: { ...HEADERS, ...retry }, content },
      ];
    }),
  );
};

/** What it answers when all goes well; a `GET` also that nothing is new. */
export const successResponses = ({
  method,
  responses,
  produces = 'application/json',
  longRunning,
  deprecated,
}: Endpoint) => ({
  ...(method === 'GET' && { 304: { description: 'The same as you have', headers: { ...HEADERS, ETag: ETAG } } }),
  ...Object.fromEntries(
    Object.entries(responses).map(([status, schema]) => {
      const code = Number(status);
      const headers = {
        ...HEADERS,
        ...(code === 202 || code === 201 ? { Location: LOCATION } : {}),
        ...(method === 'GET' && code === 200 ? { ETag: ETAG } : {}),
        ...(deprecated ? { Deprecation: DEPRECATION, Sunset: SUNSET } : {}),
        ...(isPage(schema) ? { Link: LINK } : {}),
        ...(longRunning === true
          ? {
              'Preference-Applied': {
                description: 'What of `Prefer` was honoured',
                schema: { type: 'string' as const },
              },
            }
          : {}),
      };
      const isEmpty = schema instanceof z.ZodUndefined;
      const content = isEmpty ? {} : { content: { [produces]: { schema } } };
      return [status, { description: REASONS[code] ?? 'Done', headers, ...content }];
    }),
  ),
});

const isPage = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodObject && 'next' in schema.shape && 'previous' in schema.shape;
