import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createLinkSessions } from './link-session.ts';
import { createObjectStore } from './object-store.ts';

const sts = mockClient(STSClient);
const ROLE = 'arn:aws:iam::123456789012:role/upload-links';
const START = Date.parse('2026-11-21T10:00:00.250Z');
let clock = START;
const now = () => clock;

beforeEach(() => {
  clock = START;
  sts.reset();
  sts.on(AssumeRoleCommand).callsFake(() => ({
    Credentials: {
      AccessKeyId: `KEY${sts.calls().length}`,
      SecretAccessKey: 'secret',
      SessionToken: 'session',
      Expiration: new Date(clock + 3_600_000),
    },
  }));
});
afterEach(() => {
  sts.reset();
});

const store = () => createObjectStore({ bucket: 'uploads', region: 'eu-central-1', signerRoleArn: ROLE, now });

test('a session is assumed for the hour that a link lasts, and used for a minute', async () => {
  const session = createLinkSessions({ roleArn: ROLE, region: 'eu-central-1', now });
  expect(await session()).toMatchObject({ accessKeyId: 'KEY1', expiresAt: START + 3_600_000 });
  clock += 59_000;
  expect(await session()).toMatchObject({ accessKeyId: 'KEY1' });
  clock += 1_000;
  expect(await session()).toMatchObject({ accessKeyId: 'KEY2' });
  expect(sts.commandCalls(AssumeRoleCommand).map(({ args }) => args[0].input)).toEqual([
    { RoleArn: ROLE, RoleSessionName: 'upload-links', DurationSeconds: 3_600 },
    { RoleArn: ROLE, RoleSessionName: 'upload-links', DurationSeconds: 3_600 },
  ]);
});

test('links signed at once share a session', async () => {
  const session = createLinkSessions({ roleArn: ROLE, region: 'eu-central-1', now });
  await Promise.all([session(), session(), session()]);
  expect(sts.calls()).toHaveLength(1);
});

test('a session that STS refused is asked for again', async () => {
  sts
    .on(AssumeRoleCommand)
    .rejectsOnce(new Error('away'))
    .resolves({
      Credentials: {
        AccessKeyId: 'KEY',
        SecretAccessKey: 'secret',
        SessionToken: 'session',
        Expiration: new Date(clock),
      },
    });
  const session = createLinkSessions({ roleArn: ROLE, region: 'eu-central-1', now });
  await expect(session()).rejects.toThrow('away');
  expect(await session()).toMatchObject({ accessKeyId: 'KEY' });
});

test('a link is signed with the session and says when it really ends', async () => {
  const { signLink } = store();
  const fresh = await signLink('uploads/1/a', 'version-1');
  expect(fresh.expires_at).toBe('2026-11-21T11:00:00Z');
  const url = new URL(fresh.url);
  expect(url.origin).toBe('https://uploads.s3.eu-central-1.amazonaws.com');
  expect(url.pathname).toBe('/uploads/1/a');
  expect(url.searchParams.get('versionId')).toBe('version-1');
  expect(url.searchParams.get('X-Amz-Expires')).toBe('3600');
  expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^KEY1\//);
  expect(url.searchParams.get('X-Amz-Security-Token')).toBe('session');
  expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host'); // nothing that only we could send
  expect([...url.searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);

  clock += 30_000; // the session of half a minute ago ends before the link would
  expect((await signLink('uploads/1/b')).expires_at).toBe('2026-11-21T11:00:00Z');
});

test('a form admits one key, one type and one size, for ten minutes', async () => {
  const { signPost } = store();
  const { url, fields, expires_at } = await signPost({
    key: 'uploads/1/a',
    content_type: 'video/mp4',
    size: 9_437_184,
  });
  expect(url).toBe('https://uploads.s3.eu-central-1.amazonaws.com/');
  expect(expires_at).toBe('2026-11-21T10:10:00Z');
  const policy = JSON.parse(Buffer.from(fields.Policy ?? '', 'base64').toString());
  expect(policy.conditions).toEqual(
    expect.arrayContaining([
      { bucket: 'uploads' },
      { key: 'uploads/1/a' },
      { 'Content-Type': 'video/mp4' },
      ['content-length-range', 9_437_184, 9_437_184],
      { 'X-Amz-Security-Token': 'session' },
    ]),
  );
  const seconds = (Date.parse(policy.expiration) - Date.now()) / 1_000;
  expect(seconds).toBeGreaterThan(590);
  expect(seconds).toBeLessThanOrEqual(600);
});
