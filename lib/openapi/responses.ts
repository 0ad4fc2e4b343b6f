import { z } from 'zod';
import { type Endpoint, pathsOf } from '../contract.ts';
import type { ErrorCode } from '../errors.ts';
import { instagramDetailsSchema, PROBLEM_MEMBERS } from '../failure.ts';
import { problemUrl } from '../problem-url.ts';

/** Status and title of each code: the table of `lib/http/problem.ts`, passed in because features do not know HTTP. */
export type ProblemTable = Readonly<Record<ErrorCode, { status: number; title: string; retryable?: true }>>;

/** A problem may have further members (RFC 9457), such as `sync_id`. */
const problemSchema = z
  .looseObject({
    ...PROBLEM_MEMBERS,
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
  202: 'Accepted; the operation goes on',
  204: 'Done',
};
const HEADERS = {
  'X-Request-Id': {
    description: 'The id of this request in the logs of the service',
    schema: { type: 'string' as const },
  },
};
const RETRY_AFTER = { description: 'How many seconds to wait', schema: { type: 'integer' as const } };
const ETAG = {
  description: 'A tag of this answer, for `If-None-Match`; where a change takes `If-Match`, for that too',
  schema: { type: 'string' as const },
};
const LINK = {
  description: 'The next and the previous page (RFC 8288), as in the body; left out if it would be very long',
  schema: { type: 'string' as const },
};
const DEPRECATION = {
  description: 'Since when the operation should not be used (RFC 9745)',
  schema: { type: 'string' as const },
};
const SUNSET = {
  description: 'From when on the operation may be removed (RFC 8594)',
  schema: { type: 'string' as const },
};
const LOCATION = { description: 'Where the result is, or will be', schema: { type: 'string' as const, format: 'uri' } };

/** Problems that any request can have. */
const commonProblems = ({ scope, request, method }: Endpoint): ErrorCode[] => [
  ...(Object.keys(request.shape).length > 0 ? (['validation_failed'] as const) : []),
  ...(scope === null ? [] : (['unauthorized', 'forbidden', 'too_many_requests'] as const)),
  ...(method === 'POST' || method === 'PUT' || method === 'PATCH'
    ? (['invalid_json', 'unsupported_media_type', 'payload_too_large'] as const)
    : []),
  'internal_error',
];

/** Problem responses by status; a status lists all codes that share it. */
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

/** Responses of success; for a `GET` also `304`. */
export const successResponses = ({
  method,
  responses,
  produces = 'application/json',
  alsoProduces,
  longRunning,
  deprecated,
}: Endpoint) => ({
  ...(method === 'GET' && {
    304: { description: 'Unchanged: the client has this answer already', headers: { ...HEADERS, ETag: ETAG } },
  }),
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
                description: 'Which part of `Prefer` was applied',
                schema: { type: 'string' as const },
              },
            }
          : {}),
      };
      const isEmpty = schema instanceof z.ZodUndefined;
      const asText =
        alsoProduces === undefined || code !== 200 ? {} : { [alsoProduces]: { schema: { type: 'string' as const } } };
      const content = isEmpty ? {} : { content: { [produces]: { schema }, ...asText } };
      return [status, { description: REASONS[code] ?? 'Done', headers, ...content }];
    }),
  ),
});

const isPage = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodObject && 'next' in schema.shape && 'previous' in schema.shape;
