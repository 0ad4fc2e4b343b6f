import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

/** A request that is refused before anyone looks at what it wants. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Sends an answer whole. */
export const send = (
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(status, { 'Content-Length': String(Buffer.byteLength(body)), ...headers });
  response.end(body);
};

/** Sends JSON for people to read. */
export const sendJson = (response: ServerResponse, status: number, value: unknown): void =>
  send(response, status, `${JSON.stringify(value, null, 2)}\n`, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  });

const MAX_BODY_BYTES = 1_000_000;

/** The body as text. @throws {HttpError} 413 above 1 MB. */
const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new HttpError(413, 'The body is longer than 1 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, 'The body is not JSON');
  }
};

/** The body as JSON; an absent one is `{}`. @throws {HttpError} 400, 413. */
export const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const text = await readBody(request);
  return text.trim() === '' ? {} : parseJson(text);
};

/** The body as parameters, sent as a form or as a JSON object; null where there is none. @throws {HttpError} */
export const readParams = async (request: IncomingMessage): Promise<URLSearchParams | null> => {
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  const text = await readBody(request);
  if (text === '') return null;
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return new URLSearchParams(text);
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) throw new HttpError(400, 'The body is not a JSON object');
  return new URLSearchParams(
    Object.entries(value).map(([name, one]): [string, string] => [
      name,
      typeof one === 'string' ? one : JSON.stringify(one),
    ]),
  );
};
