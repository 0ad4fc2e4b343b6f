/** Which way searches go while first syncs store page after page, in a database that nobody has analysed or vacuumed. */
import { beforeAll, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { explain, nodesOf } from '../testing/explain.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { aMedia, givenAccount, givenPosts } from '../testing/posts.ts';
import { createPostRepository } from './repository.ts';

const { pool } = await createTestDatabase();
const PAGE = 100;
const PAGES = 40;
/** Up to here the whole table has fewer blocks than what may wait for the index: reading it is the shorter way. */
const SMALL = 2_000;
const SEARCHES = ['word 7 9', 'a text that no caption has', 'ord'];

beforeAll(async () => {
  await pool.query(sql.unsafe`ALTER TABLE posts SET (autovacuum_enabled = off)`);
});

/** As long as Instagram's, so that the table has as many blocks as it would have. */
const LINK = `https://scontent-a.test/v/${'x'.repeat(400)}`;

/** Some 300 letters that share few sequences with the captions of other posts, so that many entries wait for the index. */
const captionOf = (n: number): string =>
  Array.from({ length: 40 }, (_, word) => ((n * 7_919 + word * 104_729) % 1_679_616).toString(36)).join(' ');

/** What reads the posts in a search, by page: names of indexes, or kinds of scans. */
const followPages = async (name: string): Promise<{ posts: number; reads: string[] }[]> => {
  const account = await givenAccount(pool, name);
  const seen: { posts: number; reads: string[] }[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    const numbers = Array.from({ length: PAGE }, (_, n) => page * PAGE + n);
    const media = numbers.map((n) =>
      aMedia({
        instagram_id: `${name}${n}`,
        caption: captionOf(n),
        media_url: `${LINK}${n}`,
        thumbnail_url: `${LINK}${n}`,
      }),
    );
    await givenPosts(pool, account, ...media);
    for (const q of SEARCHES) {
      const plan = await explain(pool, (database) =>
        createPostRepository(database).search(q, {
          account_id: account.id,
          position: undefined,
          limit: 51,
          include_gone: false,
        }),
      );
      const reads = nodesOf(plan).flatMap((node) => {
        if (node['Relation Name'] === 'posts' && node['Node Type'] !== 'Bitmap Heap Scan') return [node['Node Type']];
        return node['Index Name'] ?? [];
      });
      seen.push({ posts: (page + 1) * PAGE, reads });
    }
  }
  return seen;
};

test('searches ask the index for captions while a first sync fills the table', async () => {
  const seen = await followPages('1');
  const later = seen.filter(({ posts }) => posts > SMALL);
  expect(later).toEqual(later.map(({ posts }) => ({ posts, reads: ['posts_caption_search'] })));
});

test('searches in a second account, of which the statistics know nothing, ask the index from its first page on', async () => {
  await pool.query(sql.unsafe`ANALYZE posts`);
  const seen = await followPages('2');
  expect(seen).toEqual(seen.map(({ posts }) => ({ posts, reads: ['posts_caption_search'] })));
});
