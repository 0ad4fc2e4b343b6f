/** The plan of the list of accounts, in a database whose accounts were all connected a moment ago. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { EVERYTHING } from '../testing/everything.ts';
import { explain, nodesOf } from '../testing/explain.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { createAccountViewRepository } from './view-repository.ts';

const { pool } = await createTestDatabase();
const ACCOUNTS = 10_000;

beforeAll(async () => {
  await pool.query(sql.unsafe`ALTER TABLE accounts SET (autovacuum_enabled = off)`);
  await pool.query(sql.unsafe`
    INSERT INTO accounts (id, instagram_id, login, token_ciphertext, token_key_id, token_cipher_version)
    OVERRIDING SYSTEM VALUE SELECT n, n::text, 'instagram', '', '', 0 FROM generate_series(1, ${ACCOUNTS}) AS n
    ORDER BY hashint4(n)
  `);
});

const MIDDLE = String(ACCOUNTS / 2);

describe.each([
  ['nobody has analysed', async () => undefined],
  ['are analysed', async () => await pool.query(sql.unsafe`ANALYZE accounts`)],
])('accounts that %s', (_, prepare) => {
  beforeAll(async () => {
    await prepare();
  });

  test.each([
    ['the top', undefined],
    ['the middle', { direction: 'next', key: [MIDDLE] }],
    ['the middle, back', { direction: 'previous', key: [MIDDLE] }],
  ] as const)('the list of accounts from %s is read in its order, without a sort', async (__, position) => {
    const plan = await explain(pool, (database) =>
      createAccountViewRepository(database).list(EVERYTHING, { position, limit: 21 }),
    );
    const nodes = nodesOf(plan);
    expect(nodes.find((node) => node['Relation Name'] === 'accounts')).toMatchObject({ 'Index Name': 'accounts_pkey' });
    const kinds = nodes.map((node) => node['Node Type']);
    expect(kinds).not.toContain('Sort');
    expect(kinds).not.toContain('Seq Scan');
  });
});
