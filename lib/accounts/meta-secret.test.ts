import { expect, test } from '@jest/globals';
import { withMetaSecret } from './meta-secret.ts';

let ids = 0;
/** Secrets are kept for the whole process: every test has one of its own. */
const newId = () => `secret-${ids++}`;
const reader = (...answers: (string | Error)[]) => {
  let reads = 0;
  const read = async () => {
    const answer = answers[Math.min(reads++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return { app_secret: answer ?? '', instagram_app_secret: '' };
  };
  return { read, count: () => reads };
};

test('reads the secret once, and again after five minutes', async () => {
  const settings = { META_SECRET_ID: newId() };
  const { read, count } = reader('first', 'second');
  let time = 0;
  const now = () => time;

  expect(await withMetaSecret(settings, { now, read })).toMatchObject({ META_APP_SECRET: 'first' });
  time = 299_999;
  expect(await withMetaSecret(settings, { now, read })).toMatchObject({ META_APP_SECRET: 'first' });
  time = 300_000;
  expect(await withMetaSecret(settings, { now, read })).toMatchObject({ META_APP_SECRET: 'second' });
  expect(count()).toBe(2);
});

test('a failure is not kept', async () => {
  const settings = { META_SECRET_ID: newId() };
  const { read } = reader(new Error('away'), 'there');

  await expect(withMetaSecret(settings, { read })).rejects.toThrow('away');
  expect(await withMetaSecret(settings, { read })).toMatchObject({ META_APP_SECRET: 'there' });
});

test('a secret that nobody has filled in is none', async () => {
  const { read } = reader('');

  expect(await withMetaSecret({ META_SECRET_ID: newId() }, { read })).not.toHaveProperty('META_APP_SECRET');
});

test('where the environment has it, nothing is read', async () => {
  const { read, count } = reader('other');

  expect(await withMetaSecret({ META_SECRET_ID: newId(), META_APP_SECRET: 'given' }, { read })).toMatchObject({
    META_APP_SECRET: 'given',
  });
  expect(await withMetaSecret({}, { read })).toEqual({});
  expect(count()).toBe(0);
});
