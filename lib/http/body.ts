import type { Endpoint } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import type { ApiEvent } from './event.ts';
import { isWithinJsonBounds } from './json-bounds.ts';

/** 4.5 MiB: in base64 that is the 6 MB that Lambda takes of an event. */
const MAX_BODY_BYTES = 4.5 * 1024 * 1024;

const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json$/;

/**
 * Reads the body of a request: parsed JSON, or its raw bytes for a contract that consumes multipart. An absent body is
 * `{}` (or no bytes) and needs no content type. `@middy/http-json-body-parser` is not used: it refuses an absent body,
 * knows no limit, and loads `node:http` for its status texts, twice the import time of `pg`.
 * @throws {ServiceError} `unsupported_media_type`, `payload_too_large`, `invalid_json`, or `validation_failed` for JSON beyond
 * its bounds.
 */
export const readBody = (
  { body = '', isBase64Encoded, headers }: Pick<ApiEvent, 'body' | 'isBase64Encoded' | 'headers'>,
  consumes: NonNullable<Endpoint['consumes']> = 'application/json',
): unknown => {
  const multipart = consumes === 'multipart/form-data';
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  const size = Buffer.byteLength(body, encoding);
  if (size === 0) return multipart ? Buffer.alloc(0) : {};

  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (!(multipart ? type === consumes : JSON_TYPE.test(type)) || coding !== 'identity') {
    throw new ServiceError('unsupported_media_type', `The body must be ${consumes}, without a content encoding`);
  }
  if (size > MAX_BODY_BYTES) throw new ServiceError('payload_too_large', 'The body is larger than 4.5 MB');
  const bytes = Buffer.from(body, encoding);
  return multipart ? bytes : parseJson(bytes);
};

const parseJson = (bytes: Buffer): unknown => {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)); // a byte order mark is dropped
    if (isWithinJsonBounds(json)) return json;
  } catch (cause) {
    // Not the parser's own words: they quote the body.
    throw new ServiceError('invalid_json', 'The body is not valid JSON in UTF-8', { cause });
  }
  throw new ServiceError('validation_failed', 'The body holds more values, or nests them deeper, than any request may');
};
