import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** KMS and Secrets Manager, as far as the functions ask them: the local platform has no need of either. */
export interface AwsServices {
  url: string;
  stop: () => Promise<void>;
}

type Answer = (request: Record<string, string>, secrets: ReadonlyMap<string, string>) => Record<string, unknown> | null;

/** Sealed is told from plain by its first character; the encryption context must be the same on both sides. */
const seal = (plain: string, context: unknown) => `S${JSON.stringify([plain, context])}`;
const ANSWERS: Readonly<Record<string, Answer>> = {
  'TrentService.Encrypt': ({ KeyId, Plaintext, EncryptionContext }) => ({
    KeyId,
    CiphertextBlob: toBase64(seal(Plaintext ?? '', EncryptionContext)),
  }),
  'TrentService.Decrypt': ({ KeyId, CiphertextBlob, EncryptionContext }) => {
    const [plain, context] = JSON.parse(fromBase64(CiphertextBlob ?? '').slice(1));
    return JSON.stringify(context) === JSON.stringify(EncryptionContext) ? { KeyId, Plaintext: plain } : null;
  },
  'secretsmanager.GetSecretValue': ({ SecretId = '' }, secrets) => {
    const SecretString = secrets.get(SecretId);
    return SecretString === undefined ? null : { Name: SecretId, SecretString };
  },
};

const toBase64 = (text: string) => Buffer.from(text).toString('base64');
const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString();

/** Starts the stand-ins on a loopback port; `secrets` is what Secrets Manager holds, by id. */
export const startAwsServices = async (secrets: ReadonlyMap<string, string>): Promise<AwsServices> => {
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const answer = ANSWERS[target]?.((await json(request)) as Record<string, string>, secrets) ?? null;
    response.writeHead(answer === null ? 400 : 200, { 'Content-Type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer ?? { __type: 'ValidationException', message: `refused: ${target}` }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, stop };
};
