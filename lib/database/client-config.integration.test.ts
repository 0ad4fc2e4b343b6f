import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { sql } from 'slonik';
import { toClientConfig } from './client-config.ts';
import { openDatabase } from './create-database.ts';

// biome-ignore-start lint/style/noProcessEnv: what Lambda sets for every function
process.env.AWS_REGION = 'eu-central-1';
process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
process.env.AWS_SECRET_ACCESS_KEY = 'secret';
process.env.AWS_SESSION_TOKEN = 'session';
// biome-ignore-end lint/style/noProcessEnv: see above

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const newAuthority = async (name: string) => {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return { keys, certificate };
};

const folder = await mkdtemp(join(tmpdir(), 'login-'));
const fileOf = (name: string, certificate: x509.X509Certificate): string => {
  const path = join(folder, `${name}.pem`);
  writeFileSync(path, certificate.toString('pem'));
  return path;
};
const ours = await newAuthority('RDS');
const authority = fileOf('ours', ours.certificate);
const otherAuthority = fileOf('other', (await newAuthority('Somebody else')).certificate);

/** As much of PostgreSQL as a login sees: TLS, the question for a password, and an answer to the first query. */
const startServer = async (received: string[]) => {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=database',
    issuer: ours.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: ours.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = `-----BEGIN ${'PRIVATE KEY'}-----\n${pkcs8.toString('base64')}\n-----END ${'PRIVATE KEY'}-----\n`;
  const sockets = new Set<Socket>();
  const serve = async (socket: Socket) => {
    await once(socket, 'data'); // SSLRequest
    socket.write('S');
    const secure = new TLSSocket(socket, { isServer: true, cert: certificate.toString('pem'), key });
    secure.on('error', () => socket.destroy());
    await once(secure, 'data'); // StartupMessage
    secure.write(message('R', [0, 0, 0, 3])); // a password in clear text, as RDS asks for with IAM
    const [password] = (await once(secure, 'data')) as [Buffer];
    received.push(password.subarray(5, -1).toString());
    secure.write(Buffer.concat([message('R', [0, 0, 0, 0]), message('Z', [0x49])]));
    await once(secure, 'data'); // Parse … Sync
    const completed = Buffer.concat(['1', '2', 'n'].map((kind) => message(kind, [])));
    secure.write(Buffer.concat([completed, message('C', Buffer.from('SELECT 0\0')), message('Z', [0x49])]));
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket).catch(() => undefined); // a client that hangs up is what some tests are about
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, stop };
};

const message = (kind: string, body: Iterable<number>): Buffer => {
  const bytes = Buffer.from([...body]);
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
};

const passwords: string[] = [];
const { port, stop } = await startServer(passwords);
afterAll(async () => {
  stop();
  await rm(folder, { recursive: true });
});

const urlOf = (host: string, rootCertificate: string) =>
  `postgres://app@${host}:${port}/instagram?sslmode=verify-full&sslrootcert=${rootCertificate}&auth=iam`;

const logIn = async (url: string): Promise<void> => {
  const database = await openDatabase(url, 1);
  try {
    await database.query(sql.unsafe`SELECT`);
  } finally {
    await database.end();
  }
};

test('logs in with a token for this host and user, signed anew for every connection', async () => {
  passwords.length = 0;

  await logIn(urlOf('localhost', authority));
  await logIn(urlOf('localhost', authority));

  expect(passwords).toHaveLength(2);
  for (const password of passwords) {
    expect(password).toMatch(
      new RegExp(`^localhost:${port}/\\?Action=connect&DBUser=app&.*X-Amz-Signature=[0-9a-f]{64}$`),
    );
  }
});

test.each([
  ['a server that another authority speaks for', () => urlOf('localhost', otherAuthority)],
  ['a server of another name', () => urlOf('127.0.0.1', authority)],
])('%s is never told the token', async (_, url) => {
  passwords.length = 0;

  await expect(logIn(url())).rejects.toMatchObject({ code: 'database_unavailable' });

  expect(passwords).toEqual([]);
});

test('a token is not sent without verified TLS', () => {
  expect(() => toClientConfig(`postgres://app@localhost:${port}/instagram?auth=iam`)).toThrow(/sslmode=verify-full/);
  expect(() => toClientConfig(`postgres://app@localhost:${port}/instagram?auth=iam&sslmode=require`)).toThrow(
    /sslmode=verify-full/,
  );
});

test('a URL with a password is left to pg', () => {
  const url = 'postgres://app:password@localhost/instagram';

  expect(toClientConfig(url)).toEqual({ connectionString: url });
});

test.each(['prefer', 'require', 'verify-ca'])('sslmode=%s is verified in full, and said so to pg', (mode) => {
  const url = `postgres://app:password@localhost/instagram?sslmode=${mode}&application_name=a`;

  expect(toClientConfig(url)).toEqual({ connectionString: url.replace(mode, 'verify-full') });
  expect(toClientConfig(`${url}&uselibpqcompat=true`)).toEqual({ connectionString: `${url}&uselibpqcompat=true` });
});
