import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { consumers, type Resource, routes, schedules } from '../functions/routes.ts';
import { bundleFunctions } from './bundling.ts';
import { rdsAuthoritiesOf } from './certificates.ts';
import { allEntries, OPERATIONS } from './registry.ts';

/** In bytes: of what is read at a cold start, and of any function with what it loads on first use. */
const LIST_POSTS_BAR = 330_000;
const COLD_START_BAR = 700_000;
const ANY_FUNCTION_BAR = 1_750_000;

const folder = await mkdtemp(join(tmpdir(), 'bundling-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const bundles = await bundleFunctions(allEntries(), {
  folder: join(folder, 'bundles'),
  maps: join(folder, 'maps'),
  databaseAuthorities: rdsAuthoritiesOf('eu-central-1'),
});
const bundleOf = (entry: string) => {
  const bundle = bundles.get(entry);
  if (bundle === undefined) throw new Error(`functions/${entry}.ts is not bundled`);
  return bundle;
};

test('whoever opens the database knows RDS by its authorities', async () => {
  const pem = await readFile(join(bundleOf('list-posts').folder, 'rds-ca.pem'), 'utf8');

  expect(pem.match(/-----BEGIN CERTIFICATE-----/g)?.length).toBeGreaterThanOrEqual(2);
  await expect(readFile(join(bundleOf('default-route').folder, 'rds-ca.pem'))).rejects.toThrow(/ENOENT/);
});

test('bundles are small enough to start fast', () => {
  expect(bundleOf('list-posts').bytes).toBeLessThanOrEqual(LIST_POSTS_BAR);
  for (const { entry, bytes, initialBytes } of bundles.values()) {
    expect([entry, initialBytes <= COLD_START_BAR, bytes <= ANY_FUNCTION_BAR]).toEqual([entry, true, true]);
  }
});

test('SDKs are loaded on first use, not at a cold start', () => {
  for (const { entry, initialSources } of bundles.values()) {
    expect([entry, initialSources.filter((path) => /\/@(aws-sdk|smithy)\//.test(path))]).toEqual([entry, []]);
  }
});

/** The code that reaches a resource. */
const REACHES: readonly [source: string, is: (resource: Resource) => boolean][] = [
  ['lib/database/create-database.ts', (resource) => resource === 'database'],
  ['lib/instagram/transport.ts', (resource) => resource === 'instagram'],
  ['lib/queue/sender.ts', (resource) => resource.endsWith('-queue')],
  ['lib/uploads/object-store.ts', (resource) => resource === 'uploads'],
];

test.each([...routes, ...consumers, ...schedules, ...OPERATIONS].map(({ entry, uses }) => [entry, uses] as const))(
  '%s says what it reaches, no more and no less',
  (entry, uses) => {
    const { sources } = bundleOf(entry);
    expect(REACHES.map(([source]) => [source, sources.includes(source)])).toEqual(
      REACHES.map(([source, is]) => [source, uses.some(is)]),
    );
  },
);

test('the same sources give the same bundle', async () => {
  const digests = ['once', 'again'].map(async (name) => {
    const built = await bundleFunctions(['list-posts'], {
      folder: join(folder, name),
      maps: join(folder, `${name}-maps`),
    });
    const script = await readFile(join(built.get('list-posts')?.folder ?? '', 'index.mjs'));
    return createHash('sha256').update(script).digest('hex');
  });

  const [once, again] = await Promise.all(digests);

  expect(again).toBe(once);
});

test('a region whose authorities nobody knows is refused', () => {
  expect(() => rdsAuthoritiesOf('mars-north-1')).toThrow(/No RDS certificate authority is known for mars-north-1/);
});
