import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const SSL_REQUEST = 80_877_103;

const message = (type: string, ...parts: readonly (string | Buffer)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const READY = message('Z', 'I');

/** What the server says to `SHOW server_version`; it refuses any other statement as an old server does. */
const answer = (sql: string, version: string): Buffer => {
  if (sql !== 'SHOW server_version') {
    const fields = ['SERROR', 'C42704', 'Munrecognized configuration parameter "transaction_timeout"', ''];
    return Buffer.concat([message('E', fields.map((field) => `${field}\0`).join('')), READY]);
  }
  const column = Buffer.concat([
    Buffer.from('server_version\0'),
    int32(0),
    int16(0),
    int32(25),
    int16(-1),
    int32(-1),
    int16(0),
  ]);
  const row = Buffer.concat([int16(1), int32(version.length), Buffer.from(version)]);
  return Buffer.concat([message('T', int16(1), column), message('D', row), message('C', 'SHOW\0'), READY]);
};

/**
 * A server of another version that speaks as much of PostgreSQL's protocol as a start needs, without TLS and for any
 * password. Gives the statements it was sent, too.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html
 */
export const startFakePostgres = async (version: string) => {
  const statements: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    let begun = false;
    const next = (): boolean => {
      const at = begun ? 1 : 0;
      const length = received.length < at + 4 ? Number.POSITIVE_INFINITY : received.readInt32BE(at) + at;
      if (received.length < length) return false;
      const part = received.subarray(0, length);
      received = received.subarray(length);
      if (!begun && part.readInt32BE(4) === SSL_REQUEST) socket.write('N');
      else if (!begun) {
        begun = true;
        socket.write(Buffer.concat([message('R', int32(0)), READY]));
      } else if (part.toString('latin1', 0, 1) === 'Q') {
        const sql = part.toString('utf8', 5, part.length - 1);
        statements.push(sql);
        socket.write(answer(sql, version));
      } else socket.end();
      return true;
    };
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (next());
    });
    socket.on('error', () => undefined); // a client that hangs up
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port, statements, close };
};
