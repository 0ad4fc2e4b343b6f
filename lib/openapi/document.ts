import { sample } from 'openapi-sampler';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { type Endpoint, pathsOf, type Scope } from '../contract.ts';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { instagramDetailsSchema } from '../failure.ts';

/** How HTTP says a code: the table of `lib/http/problem.ts`, handed in, since features do not know HTTP. */
export type ProblemTable = Readonly<Record<ErrorCode, { status: number; title: string }>>;

const SCOPES: Record<Scope, string> = {
  'posts:read': 'Read posts, comments, sync runs and publications',
  'sync:write': 'Start and stop syncs',
  'comments:write': 'Comment, reply, hide, delete; switch comments on and off',
  'insights:read': 'Read insights',
  'publish:write': 'Upload and publish',
  'accounts:read': 'See connected accounts and check tokens',
  'accounts:write': 'Connect and remove accounts',
};

/** Open to further members, as RFC 9457 has it (`sync_id`). */
const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(ERROR_CODES),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    instagram: instagramDetailsSchema.optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document; `code` is stable, `detail` is for people' });

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
const problemResponses = (endpoint: Endpoint, problems: ProblemTable) => {
  const codes = [...new Set([...commonProblems(endpoint), ...endpoint.problems])];
  const statuses = [...new Set(codes.map((code) => problems[code].status))].sort((one, other) => one - other);
  return Object.fromEntries(
    statuses.map((status) => {
      const here = codes.filter((code) => problems[code].status === status);
      const examples = here.map((code) => {
        const { title } = problems[code];
        const instance = pathsOf(endpoint)[0] ?? '/';
        const value = {
          type: `https://instagram-service.example/problems/${code}`,
          title,
          status,
          detail: title,
          instance,
          code,
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

const successResponses = ({ responses, produces = 'application/json', longRunning }: Endpoint) =>
  Object.fromEntries(
    Object.entries(responses).map(([status, schema]) => {
      const code = Number(status);
      const headers = {
        ...HEADERS,
        ...(code === 202 || code === 201 ? { Location: LOCATION } : {}),
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
  );

const PREFER = z.object({
  Prefer: z.string().optional().meta({
    description: '`wait=N` (at most 25 seconds) or `respond-async` (RFC 7240); by default the answer waits 20 seconds',
    example: 'wait=10',
  }),
});

const operationOf = (endpoint: Endpoint, operationId: string, problems: ProblemTable): ZodOpenApiOperationObject => {
  const { summary, tags, scope, request, consumes = 'application/json', longRunning } = endpoint;
  const { params, query, headers, body } = request.shape as Partial<Record<string, z.ZodObject>>;
  const header = longRunning === true ? z.object({ ...PREFER.shape, ...headers?.shape }) : headers;
  return {
    operationId,
    summary,
    tags: [...tags],
    security: scope === null ? [] : [{ bearer: [scope] }],
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(header && { header }),
    },
    ...(body && { requestBody: { content: { [consumes]: { schema: body } } } }),
    responses: { ...successResponses(endpoint), ...problemResponses(endpoint, problems) },
  };
};

/**
 * The OpenAPI 3.1 document of the given endpoints, made from the very contracts that validate requests and answers.
 * `serverUrl` is what clients reach the API by, without a path.
 */
export const createApiDocument = (
  endpoints: readonly Endpoint[],
  { version, serverUrl, problems }: { version: string; serverUrl: string; problems: ProblemTable },
) => {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints) {
    pathsOf(endpoint).forEach((path, index) => {
      const operationId = index === 0 ? endpoint.operationId : `${endpoint.operationId}Alias${index}`;
      const operation = operationOf(endpoint, operationId, problems);
      const described = index === 0 ? operation : { ...operation, description: `The same as ${pathsOf(endpoint)[0]}` };
      paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: described };
    });
  }
  const tags = [...new Set(endpoints.flatMap((endpoint) => endpoint.tags))].sort();
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Instagram service',
      version,
      description:
        "Mirrors an Instagram professional account's media, comments and metrics, and acts on Instagram: one visible effect per request.",
      license: { name: 'MIT', identifier: 'MIT' },
      contact: { name: 'The maintainers', url: 'https://instagram-service.example' },
    },
    servers: [{ url: serverUrl }],
    tags: tags.map((name) => ({ name, description: TAGS[name] ?? name })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `A JWT whose \`scope\` or \`scp\` names what the operation needs: ${Object.entries(SCOPES)
            .map(([scope, meaning]) => `\`${scope}\` (${meaning})`)
            .join('; ')}`,
        },
      },
    },
  });
  addExamples(document);
  return document;
};

/** Gives every body an example, put together from the examples of its parts. */
const addExamples = (document: Document): void => {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path as Record<string, Operation>)) {
      // Pages that try the API fill examples in: of what may be left out, that would ask for what the reader does not mean.
      for (const { required, schema } of operation.parameters ?? []) if (required !== true) delete schema?.example;
      const bodies = [operation.requestBody, ...Object.values(operation.responses ?? {})];
      for (const media of bodies.flatMap((body) => Object.values(body?.content ?? {}))) {
        if (media.schema === undefined || media.examples !== undefined) continue;
        media.example ??= sample(media.schema as Parameters<typeof sample>[0], {}, document);
      }
    }
  }
};

type Document = ReturnType<typeof createDocument>;
interface Bodies {
  content?: Record<string, { schema?: unknown; example?: unknown; examples?: unknown }>;
}
interface Operation {
  parameters?: { required?: boolean; schema?: { example?: unknown } }[];
  requestBody?: Bodies;
  responses?: Record<string, Bodies>;
}

const TAGS: Readonly<Record<string, string>> = {
  sync: 'Bringing the mirror up to date',
  posts: 'Mirrored media',
  comments: 'Comments and moderation',
  publications: 'Publishing',
  uploads: 'Files to publish',
  insights: 'Metrics',
  accounts: 'Connected accounts',
  auth: 'What tokens may do',
  discovery: 'Accounts that a token reaches',
  service: 'Whether the service works',
  docs: 'This document',
};
