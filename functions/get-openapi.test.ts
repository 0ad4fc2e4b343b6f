import { expect, jest, test } from '@jest/globals';
import { setEnvironment } from '../lib/config.ts';
import { pathsOf } from '../lib/contract.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { captureLogs } from '../lib/testing/logs.ts';
import { routes } from './routes.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document
type Document = any;
const documentOf = async (API_AUTHORIZER: string): Promise<Document> => {
  captureLogs();
  setEnvironment({ API_AUTHORIZER });
  jest.resetModules();
  const { handler } = await import('./get-openapi.ts');
  return (await invoke(handler, '/openapi.json')).body;
};
const operationsIn = ({ paths }: Document): Document[] =>
  Object.values(paths).flatMap((path) => Object.values(path as object));

test('the API document begins with sync, and has each operation once, under its first path', async () => {
  const document = await documentOf('jwt');
  expect(document.tags[0].name).toBe('sync');
  expect(
    operationsIn(document)
      .map(({ operationId }) => operationId)
      .sort(),
  ).toEqual(routes.map(({ contract }) => contract.operationId).sort());
  for (const { contract } of routes) {
    const [path = '', ...aliases] = pathsOf(contract);
    const { description = '', 'x-aliases': marked = [] } = document.paths[path][contract.method.toLowerCase()];
    expect(marked).toEqual(aliases);
    for (const alias of aliases) expect(description).toContain(`\`${alias}\``);
  }
});

test('the API document marks operations that need a token if an issuer is configured, and none otherwise', async () => {
  const locked = await documentOf('jwt');
  const open = await documentOf('none');
  expect(locked.paths['/api/v1/posts'].get.security).toEqual([{ bearer: ['posts:read'] }]);
  expect(locked.components.securitySchemes).toHaveProperty('bearer');
  expect(JSON.stringify(open)).not.toMatch(/"security"|"securitySchemes"/);
});
