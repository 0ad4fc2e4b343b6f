import { afterAll, expect } from '@jest/globals';
import { type DatabasePool, sql } from 'slonik';
import { z } from 'zod';

/** Where a secret was seen, never the secret. */
const leaks: string[] = [];
const secrets = new Set<string>();

/** Looks through a text that leaves the service. */
export const inspectForSecrets = (where: string, text: string): void => {
  for (const secret of secrets) {
    if (text.includes(secret) || text.includes(encodeURIComponent(secret)))
      leaks.push(`${where}: ${text.replaceAll(secret, '[secret]').slice(0, 300)}`);
  }
};

/** Names one more secret to look for. */
export const keepSecret = (secret: string): void => {
  secrets.add(secret);
};

/** Where secrets were seen since it was last asked, in the rows of a database too; whoever asks answers for them. */
export const takeLeaks = async (pool: DatabasePool): Promise<readonly string[]> => {
  await inspectTables(pool);
  return leaks.splice(0);
};

const textSchema = z.strictObject({ line: z.string() });
const nameSchema = z.strictObject({ name: z.string() });

/** Every row of every table, as text. */
const inspectTables = async (pool: DatabasePool): Promise<void> => {
  const tables = await pool.anyFirst(sql.type(nameSchema)`
    SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  `);
  for (const table of tables) {
    const lines = await pool.anyFirst(
      sql.type(textSchema)`SELECT t::text AS line FROM ${sql.identifier([table])} AS t`,
    );
    for (const line of lines) inspectForSecrets(`table ${table}`, line);
  }
};

/**
 * Watches a whole test file for secrets: in what is printed (logs), what `inspectForSecrets` is shown (answers, messages)
 * and, at the end, what any table of the database stores in clear. A leak fails the file. To be called before the database
 * is opened, since hooks run in the order they were made; the result names the secrets once they are known.
 */
export const watchForSecrets = (): ((watched: readonly string[], database: DatabasePool) => void) => {
  let pool: DatabasePool | undefined;
  const restores = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
      const text = String(chunk);
      inspectForSecrets('printed', text);
      return text.startsWith('{"level":') || write(chunk, ...rest); // log lines are looked at, not shown
    }) as typeof stream.write;
    return () => {
      stream.write = write;
    };
  });
  afterAll(async () => {
    for (const restore of restores) restore();
    if (pool !== undefined) await inspectTables(pool);
    expect(leaks).toEqual([]);
  });
  return (watched, database) => {
    for (const secret of watched) secrets.add(secret);
    pool = database;
  };
};
