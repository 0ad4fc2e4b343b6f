import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { placeOf } from '../../lib/database/explain.ts';
import { withClient } from '../../lib/database/with-client.ts';

/** Classes of advisory locks: one is held while other instances are checked; of the other, each instance holds its key's lock. */
const LOOKING = 527_100_931;
const HOLDING = 527_100_932;
const RETRY_MS = 5_000;

/** Another instance uses the same database, and encrypts tokens with another key. */
class KeyConflict extends Error {
  override readonly name = 'KeyConflict';
}

/** The number of a key's lock: 32 bits, as PostgreSQL's `integer` has. */
const lockOf = (key: Buffer): number => createHash('sha256').update(key).digest().readInt32BE();

/**
 * Claims a database, until `cleanUp`, for instances that encrypt tokens with this key. Two instances with different keys
 * would take the account's token from each other, because each could read only what it encrypted itself. Instances with the
 * same key share the database. The claim is a lock of a connection, so it ends with the process, however that ends. If the
 * connection is lost, the claim is made again; `onLost` is called if another instance was first.
 * @throws {Error} one line, if an instance with another key runs.
 */
export const claimForKey = async (
  { url, keyFile, onLost }: { url: string; keyFile: string; onLost: ((error: Error) => void) | undefined },
  cleanUp: AsyncDisposableStack,
): Promise<void> => {
  const lock = lockOf(await readFile(keyFile));
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  const hold = (onClaimed: () => void): Promise<void> =>
    withClient(url, async (client) => {
      const gone = new Promise<void>((resolve) => client.once('end', resolve));
      await claim(client, lock, placeOf(url));
      onClaimed();
      await Promise.race([gone, stopped]);
    });

  const keep = async (holding: Promise<void>): Promise<void> => {
    let current = holding;
    while (!signal.aborted) {
      await current.catch((error: unknown) => {
        if (error instanceof KeyConflict) throw error;
      });
      if (signal.aborted) return;
      await delay(RETRY_MS, undefined, { ref: false, signal }).catch(() => undefined); // told to stop
      current = hold(() => undefined);
    }
    await current.catch(() => undefined);
  };

  const claimed = Promise.withResolvers<void>();
  const holding = hold(claimed.resolve);
  holding.catch(claimed.reject);
  await claimed.promise;
  const kept = keep(holding).catch((error: Error) => onLost?.(error));
  cleanUp.defer(async () => {
    stopping.abort();
    await kept;
  });
};

const claim = async (client: Client, lock: number, place: string): Promise<void> => {
  await client.query('BEGIN');
  // One at a time, or two instances that start at the same moment would not see each other.
  await client.query('SELECT pg_advisory_xact_lock($1, 0)', [LOOKING]);
  const { rowCount } = await client.query(
    `SELECT FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::int8 = $1 AND objid::int8 <> $2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [HOLDING, lock >>> 0],
  );
  if (rowCount !== 0) {
    throw new KeyConflict(
      `DATABASE_URL: ${place} is in use by another start, which encrypts tokens with another key: give both the same ` +
        'TOKEN_KEY_FILE (token.key in the other DATA_DIR), or stop the other one, or name another database',
    );
  }
  await client.query('SELECT pg_advisory_lock_shared($1, $2)', [HOLDING, lock]);
  await client.query('COMMIT');
};
