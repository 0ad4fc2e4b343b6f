import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { pathsOf } from '../lib/contract.ts';
import { consumers, routes, schedules } from './routes.ts';

const contracts = routes.map(({ contract }) => contract);
const repeated = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);

test.each([...routes, ...consumers, ...schedules].map(({ entry }) => [entry]))('functions/%s.ts exists', (entry) => {
  expect(existsSync(new URL(`./${entry}.ts`, import.meta.url))).toBe(true);
});

test('no two routes have the same method and path, whatever their placeholders are called', () => {
  const keys = contracts.flatMap((contract) =>
    pathsOf(contract).map((path) => `${contract.method} ${path.replace(/\{\w+\}/g, '{}')}`),
  );
  expect(repeated(keys)).toEqual([]);
});

test('every operation has a name of its own', () => {
  expect(repeated(contracts.map(({ operationId }) => operationId))).toEqual([]);
});

test.each(contracts.map((contract) => [contract.operationId, contract] as const))(
  '%s declares every placeholder of its paths, and a success',
  (_name, contract) => {
    const declared = Object.keys((contract.request.shape.params as { shape?: object } | undefined)?.shape ?? {});
    for (const path of pathsOf(contract)) {
      expect([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(declared);
    }
    expect(Object.keys(contract.responses)).toContainEqual(expect.stringMatching(/^2\d\d$/));
  },
);

test('only the health check and the documentation are open to everyone', () => {
  const open = contracts.filter(({ scope }) => scope === null).map(({ operationId }) => operationId);
  expect(open).toEqual(['getHealth', 'getOpenApi', 'getDocs', 'getDocsFile', 'listProblems', 'getProblemPage']);
});
