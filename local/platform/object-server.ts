import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { UPLOAD_TYPES } from '../../lib/uploads/policy.ts';
import { errorCode } from './error-code.ts';
import type { ObjectFiles, StoredObject } from './object-files.ts';

/** The largest file that anybody may send. */
const MAX_FILE_BYTES = Math.max(...Object.values(UPLOAD_TYPES));
const FORM_LIMITS = { files: 1, fields: 50, fieldSize: 20_000, parts: 51, headerPairs: 20, fileSize: MAX_FILE_BYTES };

/** An error as S3 answers it; clients tell errors apart by its code. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

const malformed = (cause?: unknown) =>
  new Refusal(400, 'MalformedPOSTRequest', 'The form is no whole multipart/form-data with a key and a file', { cause });
const tooLarge = () => new Refusal(400, 'EntityTooLarge', `The file is larger than ${MAX_FILE_BYTES} bytes`);

/** Bucket and key of a request in path style; no key: the bucket itself. Null: no bucket is named. */
const placeOf = (url: string): { bucket: string; key: string; query: URLSearchParams } | null => {
  const { pathname, searchParams } = new URL(url, 'http://s3.local');
  const [, bucket = '', key = ''] = /^\/([^/]+)(?:\/(.*))?$/s.exec(pathname) ?? [];
  if (bucket === '') return null;
  try {
    return { bucket, key: decodeURIComponent(key), query: searchParams };
  } catch {
    return null;
  }
};

/**
 * Answers S3's requests for objects from files: `PUT`, `GET` with `Range` and `If-Match`, `HEAD`, `DELETE`, a form's
 * `POST`, and the list of a bucket's keys. Returns null for every other request, and for objects that it does not have:
 * fauxqs answers those.
 *
 * As fauxqs does, it takes any signature and any form: the service checks what matters.
 */
export const createObjectServer =
  (files: ObjectFiles) =>
  async (request: IncomingMessage): Promise<((response: ServerResponse) => Promise<void>) | null> => {
    const { method = '', url = '', headers } = request;
    const place = placeOf(url);
    if (place === null) return null;
    const { bucket, key, query } = place;
    const isForm = /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');

    if (method === 'POST' && key === '' && isForm) return guarded(request, () => takeForm(files, bucket, request));
    if (method === 'GET' && key === '' && query.get('list-type') === '2') {
      return guarded(request, async () => listing(bucket, await files.keys(bucket)));
    }
    if (key === '') return null;
    if (method === 'PUT' && query.get('uploadId') === null) {
      return guarded(request, () => takeObject(files, { bucket, key }, request));
    }
    if (method !== 'GET' && method !== 'HEAD' && method !== 'DELETE') return null;
    const object = await files.find(bucket, key);
    if (object === null) return null;
    if (method === 'DELETE') {
      return guarded(request, async () => {
        await files.remove(bucket, key);
        return { status: 204, headers: {} };
      });
    }
    return guarded(request, async () => give(files, bucket, object, request));
  };

interface Answer {
  status: number;
  headers: Readonly<Record<string, string | number>>;
  body?: string | Readable;
}

/** Sends the result of `work`, or its failure as S3 words it. */
const guarded = (request: IncomingMessage, work: () => Promise<Answer>) => async (response: ServerResponse) => {
  const { status, headers, body } = await work().catch(toAnswer);
  // If a body were not read to its end, its rest would be read as the next request.
  response.writeHead(status, { ...headers, ...(!request.complete && { connection: 'close' }) });
  if (body === undefined || typeof body === 'string') {
    response.end(body);
    return;
  }
  await pipeline(body, response).catch(() => response.destroy()); // whoever reads it notices that it ends too soon
};

const toAnswer = (error: unknown): Answer => {
  const { status, code, message } = error instanceof Refusal ? error : fromDisk(error);
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return {
    status,
    headers: { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(xml) },
    body: xml,
  };
};

const fromDisk = (error: unknown): Refusal =>
  errorCode(error) === 'ENOSPC'
    ? new Refusal(503, 'ServiceUnavailable', 'The disk is full', { cause: error })
    : new Refusal(500, 'InternalError', `The file cannot be kept or read (${errorCode(error)})`, { cause: error });

/** The request's body. If reading it is given up, the connection stays open for the answer. */
const bodyOf = (request: IncomingMessage): Readable =>
  Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false });

const takeObject = async (
  files: ObjectFiles,
  { bucket, key }: { bucket: string; key: string },
  request: IncomingMessage,
): Promise<Answer> => {
  const { 'content-type': type = 'application/octet-stream', 'content-length': length } = request.headers;
  if (/aws-chunked/.test(request.headers['content-encoding'] ?? '')) {
    throw new Refusal(501, 'NotImplemented', 'Bodies in signed chunks are not understood here');
  }
  if (length === undefined) throw new Refusal(411, 'MissingContentLength', 'Content-Length is required');
  if (Number(length) > MAX_FILE_BYTES) throw tooLarge();
  const { etag } = await files.put(bucket, key, type, bodyOf(request));
  return { status: 200, headers: { etag, 'content-length': 0 } };
};

/**
 * Stores a form's file as it arrives. S3 wants the fields first, so what follows the file is ignored.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
const takeForm = async (files: ObjectFiles, bucket: string, request: IncomingMessage): Promise<Answer> => {
  const form = openForm(request);
  const fields = new Map<string, string>();
  const failure = Promise.withResolvers<never>();
  const broken = new AbortController();
  let storing: Promise<StoredObject> | undefined;
  form.on('field', (name, value) => void fields.set(name.toLowerCase(), value));
  form.on('file', (_name, file) => {
    const key = fields.get('key') ?? '';
    if (key === '') {
      failure.reject(malformed());
      return;
    }
    file.on('error', failure.reject);
    file.once('limit', () => file.destroy(tooLarge())); // or the part that came until then would be stored as the whole file
    const type = fields.get('content-type') ?? 'binary/octet-stream';
    storing = files.put(bucket, key, type, file, broken.signal);
    storing.catch(failure.reject); // then nobody reads the rest of the form
  });
  try {
    await Promise.race([pipeline(bodyOf(request), form), failure.promise]);
    if (storing === undefined) throw malformed();
    const { etag } = await storing;
    const status = Number(/^20[01]$/.exec(fields.get('success_action_status') ?? '')?.[0] ?? 204);
    return { status, headers: { etag, ...(status !== 204 && { 'content-length': 0 }) } };
  } catch (error) {
    broken.abort(); // a form that breaks off does not end the file in it
    await storing?.catch(() => undefined); // what was written of it is removed by now
    throw error instanceof Refusal || errorCode(error) !== undefined ? error : malformed(error);
  }
};

const openForm = ({ headers }: IncomingMessage) => {
  try {
    return new Busboy({ headers: headers as BusboyHeaders, limits: FORM_LIMITS });
  } catch (error) {
    throw malformed(error); // no boundary
  }
};

/** An object, or the part of it that `Range` asks for. */
const give = (
  files: ObjectFiles,
  bucket: string,
  object: StoredObject,
  { method, headers: asked }: IncomingMessage,
): Answer => {
  const { etag, size, content_type, stored_at } = object;
  const headers = {
    etag,
    'content-type': content_type,
    'accept-ranges': 'bytes',
    'last-modified': new Date(stored_at).toUTCString(),
  };
  if (asked['if-match'] !== undefined && asked['if-match'] !== etag) {
    throw new Refusal(412, 'PreconditionFailed', 'Another object has taken the place of that one');
  }
  if (asked['if-none-match'] === etag) return { status: 304, headers };
  const range = readRange(asked.range, size);
  if (range !== null && range.start > range.end) {
    throw new Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  return {
    status: range === null ? 200 : 206,
    headers: {
      ...headers,
      'content-length': end + 1 - start,
      ...(range !== null && { 'content-range': `bytes ${start}-${end}/${size}` }),
    },
    ...(method === 'GET' && size > 0 && { body: files.read(bucket, object, { start, end }) }),
  };
};

/** Null: no range, or one that cannot be read, so that the whole is sent. */
const readRange = (header: string | undefined, size: number): { start: number; end: number } | null => {
  const [, from, to] = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return null;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  return { start, end: from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to)) };
};

const listing = (bucket: string, keys: readonly string[]): Answer => {
  const contents = keys.map(
    (key) => `<Contents><Key>${key.replace(/[<&>]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</Key></Contents>`,
  );
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult><Name>${bucket}</Name><KeyCount>${keys.length}</KeyCount><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(xml) },
    body: xml,
  };
};
