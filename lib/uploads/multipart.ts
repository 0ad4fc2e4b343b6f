import { setImmediate as nextTurn } from 'node:timers/promises';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { ServiceError } from '../errors.ts';
import { cutKey, explainUnknownKey } from '../unknown-key.ts';
import { MAX_DIRECT_BYTES } from './policy.ts';

const FIELD = 'file';
/** Room for one file. */
const LIMITS = {
  files: 2,
  fields: 10,
  fieldSize: 1_000,
  fieldNameSize: 100,
  parts: 12,
  headerPairs: 20,
  headerSize: 8 * 1024,
};
/** Bytes parsed in one turn of the event loop: a form of empty parts costs 25 µs for every 10 bytes. */
const CHUNK_BYTES = 16 * 1024;

const invalid = (message: string, path = FIELD) =>
  new ServiceError('validation_failed', 'The form is not valid: see errors', { errors: [{ path, message }] });
/** What a misspelt or unsupported field asks for would be left undone without a word. A damaged form has fields without a name. */
const unknown = (name = '') => invalid(explainUnknownKey(name, [FIELD]), cutKey(name));

/**
 * The file of a `multipart/form-data` body that is whole in memory. Its stated name and type are not used.
 * @throws {ServiceError} `validation_failed` for a broken form, without the field `file`, with several or with any other;
 * `payload_too_large`.
 */
export const readFormFile = async (body: Buffer, contentType: string): Promise<Buffer> => {
  const files: Buffer[] = [];
  let tooLarge = false;
  let refused: unknown; // ends the parsing at the next chunk
  const parse = async () => {
    const headers: BusboyHeaders = { 'content-type': contentType };
    const form = new Busboy({ headers, limits: { ...LIMITS, fileSize: MAX_DIRECT_BYTES } });
    const refuse = (error: unknown) => {
      refused ??= error;
    };
    const finished = new Promise<void>((resolve) => {
      form.on('finish', resolve);
      form.on('error', (error) => {
        refuse(error);
        resolve();
      });
    });
    form.on('field', (name: string | undefined) => {
      if (name !== FIELD) refuse(unknown(name));
    });
    form.on('file', (name: string | undefined, stream) => {
      if (name !== FIELD) refuse(unknown(name));
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => {
        tooLarge = true;
      });
      stream.on('error', refuse); // a form that ends in the middle of its file
      stream.on('end', () => files.push(Buffer.concat(chunks)));
    });
    form.on('filesLimit', () => refuse(invalid('must be the only file')));
    for (const limit of ['partsLimit', 'fieldsLimit'] as const) {
      form.on(limit, () => refuse(invalid('must come alone')));
    }
    for (let at = 0; at < body.length && refused === undefined; at += CHUNK_BYTES) {
      form.write(body.subarray(at, at + CHUNK_BYTES));
      await nextTurn(); // other requests run in between
    }
    if (refused !== undefined) throw refused;
    form.end();
    await finished;
    if (refused !== undefined) throw refused;
  };
  try {
    await parse();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw invalid('the form is broken: it must be whole multipart/form-data with a boundary');
  }
  if (tooLarge) {
    throw new ServiceError('payload_too_large', 'The file is larger than 4 MB: send it by the form of POST /uploads');
  }
  const [file, ...others] = files;
  if (file === undefined || file.length === 0) throw invalid('is required, with a file that is not empty');
  if (others.length > 0) throw invalid('must be given once');
  return file;
};
