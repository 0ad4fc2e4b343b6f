import { beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '../testing/postgres.ts';
import { aMedia, givenAccount, givenPosts } from '../testing/posts.ts';
import { createPostRepository } from './repository.ts';

const { pool } = await createTestDatabase();
const posts = createPostRepository(pool);
const account = await givenAccount(pool, '1');
const CAPTIONS = [
  'Grüße vom Hafen',
  'Привет, порт',
  '夜の東京タワー',
  '100% wool_en \\o/',
  'ＡＢＣ in full width',
  'zx',
];
const query = { account_id: account.id, position: undefined, limit: 50, include_gone: false };

beforeAll(async () => {
  const media = CAPTIONS.map((caption, n) =>
    aMedia({ instagram_id: String(n), caption, timestamp: `2026-01-01T00:00:0${n}Z` }),
  );
  await givenPosts(pool, account, ...media);
});

const captionsOf = async (keys: readonly { id: number }[] | null) => {
  if (keys === null) return null;
  const found = await posts.findMany(
    account.id,
    keys.map(({ id }) => id),
  );
  return found.map(({ caption }) => caption);
};

describe('the search index', () => {
  test.each([
    ['grüß', ['Grüße vom Hafen']],
    ['ПРИВЕТ', ['Привет, порт']],
    ['東京タ', ['夜の東京タワー']],
    ['abc', ['ＡＢＣ in full width']],
    ['wool_en', ['100% wool_en \\o/']],
    ['woolxen', []],
    ['0% wool', ['100% wool_en \\o/']],
    ['100', ['100% wool_en \\o/']],
    ['missing', []],
  ])('the search index finds %s', async (q, expected) => {
    expect(await captionsOf(await posts.search(q, query))).toEqual(expected);
  });

  test.each(['zx', '%', '\\o/', '🌅🌊⛵', 'a b c', '...'])(
    'the search index refuses %s, which has no three letters in a row',
    async (q) => {
      expect(await posts.search(q, query)).toBeNull();
    },
  );

  test('a search finds no posts of another account', async () => {
    const other = await givenAccount(pool, '2');
    expect(await posts.search('grüße', { ...query, account_id: other.id })).toEqual([]);
  });
});

describe('a scan', () => {
  test('a scan that has not found enough says where it stopped', async () => {
    const first = await posts.scan('e', { ...query, limit: 5 }, { atMost: 3 });
    expect(await captionsOf(first.keys)).toEqual(expect.arrayContaining(['100% wool_en \\o/']));
    expect(first.stoppedAt).toMatchObject({ timestamp: '2026-01-01T00:00:03Z' });
    const key = [first.stoppedAt?.timestamp ?? '', String(first.stoppedAt?.id)];
    const rest = await posts.scan('e', { ...query, position: { direction: 'next', key } }, { atMost: 50 });
    expect(await captionsOf(rest.keys)).toEqual(['Grüße vom Hafen']);
    expect(rest.stoppedAt).toBeNull();
  });

  test('a scan that found enough, or came to the end, does not say where it stopped', async () => {
    expect((await posts.scan('e', { ...query, limit: 1 }, { atMost: 3 })).stoppedAt).toBeNull();
    expect((await posts.scan('nowhere', query, { atMost: 50 })).stoppedAt).toBeNull();
  });

  test('a scan goes backwards too', async () => {
    const oldest = { direction: 'previous' as const, key: ['2025-01-01T00:00:00Z', '1'] };
    const scanned = await posts.scan('e', { ...query, position: oldest, limit: 5 }, { atMost: 2 });
    expect(await captionsOf(scanned.keys)).toEqual(['Grüße vom Hafen']);
    expect(scanned.stoppedAt).toMatchObject({ timestamp: '2026-01-01T00:00:01Z' });
  });
});
