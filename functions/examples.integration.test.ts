/**
 * Readers copy the document's examples first. So each example of a request is sent to its handler unchanged, and must be
 * accepted; each example of an answer must fit the schema of that answer.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { sql } from 'slonik';
import { pathsOf } from '../lib/contract.ts';
import { PROBLEMS } from '../lib/http/problem.ts';
import { createApiDocument } from '../lib/openapi/document.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { startPublicationService } from '../lib/testing/publications.ts';
import { routes } from './routes.ts';

const service = await startPublicationService();
const { pool, account } = service;
const { handler: startSync } = await import('./start-sync.ts');
const { handler: createComment } = await import('./create-comment.ts');

const ID = 'https://api.test/openapi.json';
const document = createApiDocument(
  routes.map(({ contract }) => contract),
  { version: '0.0.0', serverUrl: 'https://api.test', problems: PROBLEMS },
);
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ ...document, $id: ID });

interface Media {
  schema?: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}
const operations = routes.map(({ contract, entry }) => {
  const path = pathsOf(contract)[0] ?? '';
  const operation = document.paths?.[path]?.[contract.method.toLowerCase() as 'get'] as unknown as Operation;
  return { contract, entry, path, operation };
});

const pointer = (...segments: readonly string[]) =>
  `#/${segments.map((one) => encodeURIComponent(one.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
const answers = operations.flatMap(({ contract, path, operation }) =>
  Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).flatMap(([type, media]) => {
      const at = pointer('paths', path, contract.method.toLowerCase(), 'responses', status, 'content', type, 'schema');
      const values = media.examples ? Object.values(media.examples).map(({ value }) => value) : [media.example];
      return values.map((value) => [contract.operationId, status, at, value] as const);
    }),
  ),
);

test('every answer with a body has an example', () => {
  expect(answers.filter(([, , , value]) => value === undefined)).toEqual([]);
  expect(answers.length).toBeGreaterThan(routes.length);
});

test.each(answers)('the example of %s for status %s fits its schema', (_id, _status, at, value) => {
  const validate = ajv.compile({ $ref: `${ID}${at}` });
  expect([validate(value), ajv.errorsText(validate.errors)]).toEqual([true, 'No errors']);
});

const requests = operations.flatMap(({ contract, entry, path, operation }) => {
  const example = operation.requestBody?.content['application/json']?.example;
  return operation.requestBody?.content['application/json'] === undefined
    ? []
    : [[contract.operationId, { contract, entry, path, example }] as const];
});

describe('requests', () => {
  let post = 0;
  /** One example switches its comments off, which must not disturb the other examples. */
  let otherPost = 0;
  let comment = 0;
  beforeAll(async () => {
    await service.reset();
    expect((await invoke(startSync, '/sync')).status).toBe(200);
    const posts = await pool.anyFirst(
      sql.unsafe`SELECT id FROM posts WHERE account_id = ${account.id} ORDER BY id LIMIT 2`,
    );
    [post = 0, otherPost = 0] = posts.map(Number);
    const written = await invoke(createComment, `/posts/${post}/comment`, { body: { text: 'To be answered' } });
    comment = written.body.id;
    const [token] = requests.flatMap(([, { example }]) => (example as { access_token?: string }).access_token ?? []);
    service.simulator.world.tokens.grant({ login: 'instagram', accountId: account.instagram_id, value: token ?? '' });
  });

  test('every request body has an example', () => {
    expect(requests.filter(([, { example }]) => example === undefined)).toEqual([]);
  });

  test.each(requests)('%s accepts its example unchanged', async (_id, { entry, path, example }) => {
    const { handler } = await import(`./${entry}.ts`);
    const target = path
      .replace(/\/posts\/\{id\}$/, `/posts/${otherPost}`)
      .replace('/posts/{id}', `/posts/${post}`)
      .replace('/comments/{id}', `/comments/${comment}`)
      .replace('/accounts/{id}', `/accounts/${account.id}`)
      .replace('{principal}', 'client%3Areporting');
    const answer = await invoke(handler, target, { body: example, headers: { Prefer: 'respond-async' } });
    expect({ taken: answer.status >= 200 && answer.status < 300, ...answer }).toMatchObject({ taken: true });
  });
});
