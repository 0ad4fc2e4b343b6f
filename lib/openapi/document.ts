import { sample } from 'openapi-sampler';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { type Endpoint, pathsOf, type Scope } from '../contract.ts';
import { type ProblemTable, problemResponses, successResponses } from './responses.ts';

const SCOPES: Record<Scope, string> = {
  'posts:read': 'Read posts, comments, sync runs and publications',
  'sync:write': 'Start and stop syncs',
  'comments:write': 'Comment, reply, hide, delete; switch comments on and off',
  'insights:read': 'Read insights',
  'publish:write': 'Upload and publish',
  'accounts:read': 'See connected accounts and check tokens',
  'accounts:write': 'Connect, change and remove accounts, and say who may see them',
  'accounts:all': 'See every account, also those granted to others; needed beside the scope of an endpoint',
};

const PREFER = z.object({
  Prefer: z.string().optional().meta({
    description: '`wait=N` (at most 25 seconds) or `respond-async` (RFC 7240); by default the answer waits 20 seconds',
    example: 'wait=10',
  }),
});

const IF_NONE_MATCH = z.object({
  'If-None-Match': z.string().optional().meta({
    description: 'The `ETag` of an earlier answer: if the answer is still the same, it is `304` without a body',
    example: 'W/"b1946ac92492d2347c6235b4d2611184"',
  }),
});

interface Surroundings {
  serverUrl: string;
  problems: ProblemTable;
  /** No token is needed, because no issuer is configured. */
  open?: boolean;
}

/** Holds the other paths of an operation: the document has each operation once. */
export const ALIASES = 'x-aliases';
/** The day from which on a deprecated operation may be removed. */
export const SUNSET = 'x-sunset';

const operationOf = (endpoint: Endpoint, around: Surroundings): ZodOpenApiOperationObject => {
  const { method, operationId, summary, tags, scope, request, longRunning, deprecated } = endpoint;
  const { consumes = 'application/json' } = endpoint;
  const [, ...aliases] = pathsOf(endpoint);
  const { params, query, headers, body } = request.shape as Partial<Record<string, z.ZodObject>>;
  const header = z.object({
    ...(method === 'GET' && IF_NONE_MATCH.shape),
    ...(longRunning === true && PREFER.shape),
    ...headers?.shape,
  });
  return {
    operationId,
    summary,
    ...(aliases.length > 0 && {
      description: `Also at ${aliases.map((path) => `\`${path}\``).join(', ')}.`,
      [ALIASES]: aliases,
    }),
    ...(deprecated && { deprecated: true, [SUNSET]: deprecated.sunset }),
    tags: [...tags],
    ...(around.open !== true && { security: scope === null ? [] : [{ bearer: [scope] }] }),
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(Object.keys(header.shape).length > 0 && { header }),
    },
    ...(body && { requestBody: { content: { [consumes]: { schema: body } } } }),
    responses: { ...successResponses(endpoint), ...problemResponses(endpoint, around) },
  };
};

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: `A JWT whose \`scope\` or \`scp\` names what the operation needs: ${Object.entries(SCOPES)
    .map(([scope, meaning]) => `\`${scope}\` (${meaning})`)
    .join('; ')}`,
} as const;

/**
 * The OpenAPI 3.1 document of the given endpoints, made from the contracts that also validate requests and answers.
 * `serverUrl`: the address that clients use, without a path.
 */
export const createApiDocument = (
  endpoints: readonly Endpoint[],
  { version, ...around }: Surroundings & { version: string },
) => {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints) {
    const [path = ''] = pathsOf(endpoint);
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint, around) };
  }
  const used = new Set(endpoints.flatMap((endpoint) => endpoint.tags));
  const tags = [...Object.keys(TAGS).filter((tag) => used.delete(tag)), ...used];
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
    servers: [{ url: around.serverUrl }],
    tags: tags.map((name) => ({ name, description: TAGS[name] ?? name })),
    paths,
    ...(around.open !== true && { components: { securitySchemes: { bearer: BEARER } } }),
  });
  addExamples(document);
  return document;
};

/** Gives every body an example, made from the examples of its parts. */
const addExamples = (document: Document): void => {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path as Record<string, Operation>)) {
      // Pages that try the API fill in examples. For an optional parameter, that would send what the reader does not mean.
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

/** In the order in which the reference page shows them. */
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
