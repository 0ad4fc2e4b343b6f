import { Client } from 'pg';

/** What the seeded captions can be searched for, by how often it is found. */
export const SEEDED_NEEDLES = {
  rare: 'quetzalcoatlus', // 1 in 100,000
  common: 'sunrise', // 1 in 3
  absent: 'xylophonist',
  short: 'zx', // two characters, 1 in 50,000
} as const;

const BATCH = 10_000;
const SECONDS_BETWEEN_POSTS = 97;
const FIRST_POSTED_AT = '2012-01-01T00:00:00Z';

/** Made-up words of three or four syllables: about as many as people use, and as alike. */
const makeWords = (size: number): string[] => {
  const syllables = [
    'ka',
    'lo',
    'mi',
    'ren',
    'sa',
    'tu',
    'vel',
    'ban',
    'cor',
    'dis',
    'fe',
    'gra',
    'hun',
    'jel',
    'пор',
    'мо',
  ];
  const syllable = (n: number) => syllables[n % syllables.length] ?? '';
  return Array.from({ length: size }, (_, n) => {
    const bits = hash(n);
    return `${syllable(bits >>> 4)}${syllable(bits >>> 12)}${syllable(bits >>> 20)}${n % 7 === 0 ? syllable(n) : ''}`;
  });
};

/** Spreads consecutive numbers over 32 bits, the same every time. */
const hash = (n: number): number => {
  const mixed = Math.imul(n ^ (n >>> 16), 0x45d9f3b);
  return Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b) >>> 0;
};

/** The caption of post n: 4 to 60 words, low ranks far more often than high ones, as in any language. */
const captionOf = (n: number, words: readonly string[]): string => {
  const caption = Array.from(
    { length: 4 + (hash(n) % 57) },
    (_, k) => words[Math.floor(words.length * (hash(n * 64 + k) / 2 ** 32) ** 3)],
  );
  if (n % 3 === 0) caption.push('Sunrise');
  if (n % 100_000 === 77) caption.push('Quetzalcoatlus');
  if (n % 50_000 === 99) caption.push('zx');
  if (n % 11 === 0) caption.push('#東京 🌅');
  return caption.join(' ');
};

/** Rows of ours need no time limit, no flush a commit, and no check that their account exists. */
const SETTINGS = `
  SET statement_timeout = 0; SET transaction_timeout = 0; SET synchronous_commit = off;
  SET session_replication_role = replica; SET maintenance_work_mem = '512MB'`;

const connect = async (url: string): Promise<Client> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(SETTINGS);
  return client;
};

/**
 * Fills an account of its own with `count` posts, the same every time: captions of 4 to 60 words (a few in other
 * scripts), albums, links as long as Instagram's. Returns the account's id. The search index is built at the end.
 * `fresh`: as a first sync leaves the table, which nobody has analysed since.
 */
export const seedPosts = async (url: string, count: number, { fresh = false } = {}): Promise<number> => {
  const clients = await Promise.all([connect(url), connect(url)]);
  const [client] = clients;
  try {
    const { rows } = await client.query<{ id: string }>(`
      INSERT INTO accounts (instagram_id, login, username, token_ciphertext, token_key_id, token_cipher_version)
      VALUES ('17841400000000001', 'instagram', 'benchmark', '', 'none', 0) RETURNING id`);
    const accountId = Number(rows[0]?.id);
    const { rows: indexes } = await client.query<{ definition: string }>(
      "SELECT pg_get_indexdef('posts_caption_search'::regclass) AS definition",
    );
    await client.query('DROP INDEX posts_caption_search');
    const words = makeWords(5_000);
    const fill = async (connection: Client, first: number) => {
      for (let from = first; from <= count; from += BATCH * clients.length) {
        const captions = Array.from({ length: Math.min(BATCH, count - from + 1) }, (_, n) =>
          captionOf(from + n, words),
        );
        await connection.query(INSERT_BATCH, [accountId, from, captions]);
      }
    };
    await Promise.all(clients.map((connection, n) => fill(connection, 1 + n * BATCH)));
    await client.query(indexes[0]?.definition ?? '');
    if (!fresh) await client.query('VACUUM ANALYZE posts');
    return accountId;
  } finally {
    await Promise.all(clients.map((connection) => connection.end()));
  }
};

/** `lower`, not `searchable`: these captions are normalized as they are, and finding that out takes a sixth of the time. */
const INSERT_BATCH = `
  INSERT INTO posts (account_id, id, instagram_id, username, caption, caption_search, media_type, media_product_type,
    media_url, thumbnail_url, permalink, shortcode, posted_at, like_count, comments_count, comments_enabled, children,
    synced_at)
  SELECT $1, next_row_id($1), (17900000000000000 + n)::text, 'benchmark', caption, lower(caption),
    CASE n % 5 WHEN 0 THEN 'CAROUSEL_ALBUM' WHEN 1 THEN 'VIDEO' ELSE 'IMAGE' END,
    CASE n % 5 WHEN 1 THEN 'REELS' ELSE 'FEED' END,
    link || (400000000 + n) || '_n.jpg?' || signature, CASE WHEN n % 5 = 1 THEN link || n || '_t.jpg?' || signature END,
    'https://www.instagram.com/p/' || shortcode || '/', shortcode,
    timestamptz '${FIRST_POSTED_AT}' + n * interval '${SECONDS_BETWEEN_POSTS} seconds', n % 5000, n % 70, true,
    CASE WHEN n % 5 = 0 THEN (
      SELECT jsonb_agg(jsonb_build_object('instagram_id', (18000000000000000 + 10 * n + child)::text, 'media_type', 'IMAGE',
        'media_url', link || (10 * n + child) || '_n.jpg?' || signature, 'thumbnail_url', NULL))
      FROM generate_series(1, 4) AS child) ELSE '[]' END,
    now()
  FROM unnest($3::text[]) WITH ORDINALITY AS given (caption, place),
    LATERAL (SELECT $2::int8 + place - 1 AS n, 'https://scontent.cdninstagram.com/v/t51.2885-15/' AS link) AS numbered,
    LATERAL (SELECT md5(n::text) AS hash OFFSET 0) AS hashed,
    LATERAL (SELECT repeat(hash, 8) AS signature, substr(hash, 1, 11) AS shortcode OFFSET 0) AS named`;
