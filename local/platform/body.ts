import type { IncomingMessage } from 'node:http';

/** API Gateway's limit for a request's body. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** How much of a refused body is read and dropped, so that its sender reads the answer. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
/** A sender that is silent for this long has read the answer, or never will. */
const MAX_SILENCE_MS = 1_000;

/**
 * Reads a request's body; stops when it is too large.
 * @throws {Error} when the client goes away in the middle.
 */
export const readBody = async (request: IncomingMessage): Promise<Buffer | 'too_large'> => {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | 'too_large'>();
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= MAX_BODY_BYTES) return;
    request.off('data', take);
    resolve('too_large');
  };
  request.on('data', take);
  request.on('end', () => resolve(Buffer.concat(chunks)));
  request.on('error', reject);
  request.on('close', () => reject(new Error('The client went away')));
  return promise;
};

/** Reads and drops the rest of a body: if a connection is closed with unread data, its answer is lost. */
export const discardBody = async (request: IncomingMessage): Promise<void> => {
  if (request.complete || request.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const silence = setTimeout(resolve, MAX_SILENCE_MS);
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_DISCARDED_BYTES) resolve();
    silence.refresh();
  });
  request.on('end', resolve);
  request.on('close', resolve);
  request.resume();
  await promise;
  clearTimeout(silence);
};

/** Whether the head already says that the body is too large. */
export const announcesTooLarge = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES;

/** Whether the body that is still to come is too large, or may be because it has no stated length. */
export const isEndless = (request: IncomingMessage): boolean =>
  !request.complete && (request.headers['content-length'] === undefined || announcesTooLarge(request));
