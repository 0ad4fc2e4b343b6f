import { createHash, timingSafeEqual } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../local/platform/postgres.ts';
import { administer } from './test-server.ts';

/** A server that lets users in as RDS does. */
export interface RdsServer {
  /** Of its superuser, who is RDS itself: nobody of ours has this login. */
  url: string;
  stop: () => Promise<void>;
}

/** What stands for the IAM token of a user: no role has it as a password. */
export const tokenOf = (user: string): string => `token-of-${user}`;

const SECRET = 'shared';

/**
 * A PostgreSQL of its own with RDS's rule of who logs in how: members of `rds_iam`, direct or not, by an IAM token and by
 * nothing else, everybody else by password. On RDS, PAM checks the token; here a RADIUS server does.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
export const startRdsServer = async (): Promise<RdsServer> => {
  const tokens = await startTokenCheck();
  const dataDir = await mkdtemp(join(tmpdir(), 'rds-server-'));
  await chmod(dataDir, 0o711); // PostgreSQL's own account passes through it when we are root
  const server = await startPostgres({ dataDir, log: () => undefined, settings: { fsync: 'off' } });
  const stop = async () => {
    await server.stop();
    tokens.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await administer(server.url, 'CREATE ROLE rds_iam', 'CREATE ROLE rds_superuser CREATEROLE CREATEDB');
    const radius = `radius radiusservers="127.0.0.1" radiusports="${tokens.port}" radiussecrets="${SECRET}"`;
    await writeFile(
      await settingOf(server.url, 'hba_file'),
      // A superuser is a member of every role, but for this rule, which asks for real memberships.
      `host all +rds_iam 127.0.0.1/32 ${radius}\nhost all all 127.0.0.1/32 scram-sha-256\n`,
    );
    await administer(server.url, 'SELECT pg_reload_conf()');
    return { url: server.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const settingOf = async (url: string, name: string): Promise<string> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
    return rows[0]?.value ?? '';
  } finally {
    await client.end();
  }
};

const ACCESS_ACCEPT = 2;
const ACCESS_REJECT = 3;
const USER_NAME = 1;
const USER_PASSWORD = 2;
const HEADER_BYTES = 20;

/** Says yes to every user who sends the token of that user. @see https://www.rfc-editor.org/rfc/rfc2865 */
const startTokenCheck = async (): Promise<{ port: number; stop: () => void }> => {
  const socket = createSocket('udp4');
  socket.on('message', (request, { port, address }) => {
    const authenticator = request.subarray(4, HEADER_BYTES);
    const attributes = readAttributes(request.subarray(HEADER_BYTES));
    const user = attributes.get(USER_NAME)?.toString() ?? '';
    const password = reveal(attributes.get(USER_PASSWORD) ?? Buffer.alloc(0), authenticator);
    const head = Buffer.from([
      isToken(password, user) ? ACCESS_ACCEPT : ACCESS_REJECT,
      request[1] ?? 0,
      0,
      HEADER_BYTES,
    ]);
    const proof = createHash('md5').update(head).update(authenticator).update(SECRET).digest();
    socket.send(Buffer.concat([head, proof]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, stop: () => socket.close() };
};

const isToken = (password: Buffer, user: string): boolean => {
  const token = Buffer.from(tokenOf(user));
  return password.length === token.length && timingSafeEqual(password, token);
};

const readAttributes = (bytes: Buffer): Map<number, Buffer> => {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 2 <= bytes.length; at += Math.max(2, bytes[at + 1] ?? 0)) {
    found.set(bytes[at] ?? 0, bytes.subarray(at + 2, at + (bytes[at + 1] ?? 0)));
  }
  return found;
};

/** Undoes how RADIUS hides a password: each 16 bytes are XORed with a digest of the secret and the 16 before. */
const reveal = (hidden: Buffer, authenticator: Buffer): Buffer => {
  const plain = Buffer.alloc(hidden.length);
  for (let at = 0; at < hidden.length; at += 16) {
    const previous = at === 0 ? authenticator : hidden.subarray(at - 16, at);
    const pad = createHash('md5').update(SECRET).update(previous).digest();
    for (let index = 0; index < 16; index += 1) plain[at + index] = (hidden[at + index] ?? 0) ^ (pad[index] ?? 0);
  }
  const end = plain.indexOf(0);
  return end === -1 ? plain : plain.subarray(0, end);
};
