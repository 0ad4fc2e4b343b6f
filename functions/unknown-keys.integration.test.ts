/** A misspelt key must not be ignored: every object in every body refuses unknown keys, and nothing is done. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { pathsOf } from '../lib/contract.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';
import { routes } from './routes.ts';

const { pool, simulator } = await startService({ simulator: { media: 3 } });
const { handler: createPublication } = await import('./create-publication.ts');
const { handler: startSync } = await import('./start-sync.ts');
const { handler: createComment } = await import('./create-comment.ts');

/** The schema inside wrappers: optional, default, transform. */
const inside = (schema: z.core.$ZodType): z.core.$ZodType => {
  const { innerType, in: input } = schema._zod.def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType };
  const wrapped = innerType ?? input;
  return wrapped === undefined ? schema : inside(wrapped);
};

/** For each object that a body can hold: how to make a body with a given value in that place. */
const objectsIn = (
  schema: z.core.$ZodType,
  place = '',
  wrap: (value: unknown) => unknown = (value) => value,
): { place: string; bodyWith: (value: unknown) => unknown }[] => {
  const bare = inside(schema);
  if (bare instanceof z.ZodArray) return objectsIn(bare.element, `${place}0.`, (value) => wrap([value]));
  if (bare instanceof z.ZodUnion) return bare.options.flatMap((option) => objectsIn(option, place, wrap));
  if (!(bare instanceof z.ZodObject)) return [];
  const properties = Object.entries(bare.shape as Record<string, z.core.$ZodType>);
  return [
    { place, bodyWith: wrap },
    ...properties.flatMap(([name, child]) => objectsIn(child, `${place}${name}.`, (value) => wrap({ [name]: value }))),
  ];
};

const cases = routes.flatMap(({ contract, entry }) => {
  const { body } = contract.request.shape as { body?: z.core.$ZodType };
  const objects = body === undefined || contract.consumes === 'multipart/form-data' ? [] : objectsIn(body);
  return objects.map(({ place, bodyWith }) => [contract.operationId, place, { contract, entry, bodyWith }] as const);
});

test('the cases also have objects within objects', () => {
  expect(cases.map(([operationId, place]) => `${operationId} ${place}`)).toEqual(
    expect.arrayContaining(['startSync ', 'createPublication ', 'createPublication children.0.user_tags.0.']),
  );
});

test('every endpoint with a JSON body takes an object', () => {
  const jsonBodies = routes.filter(
    ({ contract }) => 'body' in contract.request.shape && contract.consumes !== 'multipart/form-data',
  );
  const seen = new Set(cases.map(([operationId]) => operationId));
  expect(jsonBodies.map(({ contract }) => contract.operationId).filter((id) => !seen.has(id))).toEqual([]);
});

test.each(cases)('%s refuses an unknown key in its body (%s)', async (_id, place, { contract, entry, bodyWith }) => {
  const { handler } = await import(`./${entry}.ts`);
  const path = (pathsOf(contract)[0] ?? '').replace(/\{\w+\}/g, '1');
  const { status, body } = await invoke(handler, path, { body: bodyWith({ zzzz_unheard_of: 1 }) });
  expect({ status, body }).toMatchObject({
    status: 400,
    body: {
      code: 'validation_failed',
      errors: expect.arrayContaining([
        { path: `${place}zzzz_unheard_of`, message: expect.stringMatching(/^is not known/) },
      ]),
    },
  });
  expect(simulator.calls.list()).toEqual([]);
});

const image_url = 'https://files.example.com/harbour.jpg';
const tomorrow = new Date(Date.now() + 86_400_000).toISOString();

test.each([
  [{ image_url, dry_run: true }, 'dry_run', /^is not known/],
  [{ image_url, schedule_at: tomorrow }, 'schedule_at', /did you mean scheduled_at\?/],
  [{ image_url, scheduledAt: tomorrow }, 'scheduledAt', /did you mean scheduled_at\?/],
  [{ image_url, 'scheduled-at': tomorrow }, 'scheduled-at', /did you mean scheduled_at\?/],
  [{ image_url, sheduled_at: tomorrow }, 'sheduled_at', /did you mean scheduled_at\?/],
  [{ image_url, captoin: 'Low tide' }, 'captoin', /did you mean caption\?/],
  [{ image_url, dryrun: true }, 'dryrun', /^is not known/],
  [{ image_url, preview: true }, 'preview', /known keys are .*scheduled_at/],
  [{ children: [{ image_url, alttext: 'a' }, { image_url }] }, 'children.0.alttext', /did you mean alt_text\?/],
  [{ image_url, user_tags: [{ username: 'ada', x: 1, y: 1, X: 0.5 }] }, 'user_tags.0.X', /did you mean x\?/],
])('nothing is published of %j', async (body, path, message) => {
  const answer = await invoke(createPublication, '/publications', { body });
  expect(answer).toMatchObject({
    status: 400,
    body: { errors: [{ path, message: expect.stringMatching(message) }] },
  });
  expect(simulator.calls.list()).toEqual([]);
  expect(await pool.anyFirst(sql.unsafe`SELECT id FROM publications`)).toEqual([]);
});

test('a sync with a misspelt option does not start', async () => {
  expect(await invoke(startSync, '/sync', { body: { includes: ['comments'] } })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'includes', message: 'is not known; did you mean include?' }] },
  });
  expect(await pool.anyFirst(sql.unsafe`SELECT id FROM sync_runs`)).toEqual([]);
});

test('the username of a comment is a known key, and ignored', async () => {
  const answer = await invoke(createComment, '/posts/1/comment', {
    body: { text: 'Hello', username: { any: 'thing' } },
  });
  expect(answer).toMatchObject({ status: 404, body: { code: 'post_not_found' } });
});

test('a body of a hundred thousand unknown keys, or of very long ones, gets a short answer', async () => {
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, 1]));
  const long = { ['x'.repeat(1_000_000)]: 1 };
  for (const body of [many, long]) {
    const answer = await invoke(startSync, '/sync', { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(JSON.stringify(answer.body).length).toBeLessThan(10_000);
  }
});
