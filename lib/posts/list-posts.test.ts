import { expect, test } from '@jest/globals';
import { onlyAccount } from '../database/account-scope.ts';
import { createListPosts } from './list-posts.ts';
import type { PostKey, PostQuery } from './repository.ts';
import type { Post } from './schema.ts';

/** Post n of the account, the greater the newer; a walk that may look at three posts, of which multiples of 10 match. */
const COUNT = 40;
const keyOf = (n: number): PostKey => ({ timestamp: `2026-01-01T00:00:${String(n).padStart(2, '0')}Z`, id: n });
const matches = (n: number) => n % 10 === 0;

const fakes = (hits: readonly number[] | null) => {
  const asked: string[] = [];
  const from = ({ position, limit }: PostQuery) => {
    const start = Number(position?.key[1] ?? (position?.direction === 'previous' ? 0 : COUNT + 1));
    const all = Array.from({ length: COUNT }, (_, n) => n + 1);
    const ahead =
      position?.direction === 'previous' ? all.filter((n) => n > start) : all.filter((n) => n < start).reverse();
    return { ahead, limit };
  };
  const posts = {
    list: async () => [],
    search: async (_q: string, query: PostQuery) => {
      asked.push('search');
      const { ahead, limit } = from(query);
      return (
        hits &&
        ahead
          .filter((n) => hits.includes(n))
          .slice(0, limit)
          .map(keyOf)
      );
    },
    scan: async (_q: string, query: PostQuery, { atMost }: { atMost: number }) => {
      asked.push(`scan ${atMost}`);
      const { ahead, limit } = from(query);
      const reach = atMost === 2_000 ? 1 : 3; // scaled down, like the account
      const keys = ahead.slice(0, reach).filter(matches).slice(0, limit).map(keyOf);
      const last = ahead[reach - 1];
      return { keys, stoppedAt: keys.length < limit && last !== undefined ? keyOf(last) : null };
    },
    findMany: async (_accountId: number, ids: readonly number[]) =>
      ids.map((id) => ({ ...keyOf(id), account_id: 1 }) as Post).reverse(),
  };
  const listPosts = createListPosts({ posts, resolveAccount: async () => ({ id: 1 }) });
  return { asked, listPosts };
};

const FILTERS = { scope: onlyAccount(1), include_gone: false, limit: 1 };

test('every match is found once by following next through short and empty pages, and again on the way back', async () => {
  const { listPosts } = fakes(null);
  const found: number[] = [];
  let cursor: string | undefined;
  let end: string | null = null;
  do {
    const page = await listPosts({ ...FILTERS, q: 'zx', cursor });
    found.push(...page.results.map(({ id }) => id));
    end = page.previous ?? end;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(found).toEqual([40, 30, 20, 10]);

  const back: number[] = [];
  cursor = end ?? undefined;
  while (cursor !== undefined) {
    const page = await listPosts({ ...FILTERS, q: 'zx', cursor });
    back.push(...page.results.map(({ id }) => id));
    cursor = page.previous ?? undefined;
  }
  expect(back).toEqual([10, 20, 30, 40].slice(0, back.length));
  expect(back.length).toBeGreaterThanOrEqual(3); // the last page itself is not part of the way back
});

test('the index is used when the next posts do not fill a page', async () => {
  const { asked, listPosts } = fakes([30, 20]);
  const page = await listPosts({ ...FILTERS, limit: 5, q: 'rare' });
  expect(asked).toEqual(['scan 2000', 'search']);
  expect(page.results.map(({ id }) => id)).toEqual([30, 20]);
  expect(page.next).toBeNull();
});

test('posts are scanned for what the index cannot find', async () => {
  const { asked, listPosts } = fakes(null);
  const page = await listPosts({ ...FILTERS, limit: 5, q: '!!!' });
  expect(asked).toEqual(['scan 2000', 'search', 'scan 20000']);
  expect(page.next).not.toBeNull();
});

test('posts are scanned at once for two characters, however many code units these have', async () => {
  const { asked, listPosts } = fakes([]);
  await listPosts({ ...FILTERS, limit: 5, q: '🌅🌊' });
  expect(asked).toEqual(['scan 20000']);
});
