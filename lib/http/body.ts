import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { Endpoint } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import type { ApiEvent } from './event.ts';
import type { Middleware } from './frame.ts';
import { isWithinJsonBounds } from './json-bounds.ts';

/** 4.5 MiB become 6 MB in base64, and Lambda takes no larger event. */
const MAX_BODY_BYTES = 4.5 * 1024 * 1024;

const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json$/;

type Consumes = NonNullable<Endpoint['consumes']>;

/** Middy's parser: throws on keys that would reach an object's prototype. Which types are taken is checked before it. */
const parser = httpJsonBodyParser({ disableContentTypeCheck: true });

/**
 * Replaces `event.body` by what it holds: parsed JSON, or raw bytes for a contract that consumes multipart. An absent body
 * is `{}` (or no bytes) and needs no content type. Middy's parser does the parsing, behind checks of our own: it has no
 * limits, takes bytes that are not UTF-8, and refuses an absent body and a byte order mark.
 * @throws {ServiceError} `unsupported_media_type`, `payload_too_large`, `invalid_json`, or `validation_failed` for JSON with
 * too many values or too deep nesting.
 */
export const bodyReader = (consumes: Consumes = 'application/json'): Middleware => ({
  before: (request) => {
    const { event } = request;
    const bytes = bytesOf(event, consumes);
    if (consumes === 'multipart/form-data') {
      replaceBody(event, bytes);
      return;
    }
    if (!isWithinJsonBounds(bytes)) {
      throw new ServiceError(
        'validation_failed',
        'The body holds more values, or nests them deeper, than any request may',
      );
    }
    replaceBody(event, bytes.length === 0 ? '{}' : toText(bytes));
    event.isBase64Encoded = false;
    try {
      parser.before?.(request as unknown as Parameters<NonNullable<typeof parser.before>>[0]);
    } catch (cause) {
      throw notJson(cause);
    }
  },
});

/** The gateway's type says that a body is text. Behind this middleware it is what was parsed. */
const replaceBody = (event: { body?: unknown }, body: unknown): void => {
  event.body = body;
};

const bytesOf = ({ body = '', isBase64Encoded, headers }: ApiEvent, consumes: Consumes): Buffer => {
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  const size = Buffer.byteLength(body, encoding);
  if (size === 0) return Buffer.alloc(0);

  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const isTaken = consumes === 'application/json' ? JSON_TYPE.test(type) : type === consumes;
  if (!isTaken || coding !== 'identity') {
    throw new ServiceError('unsupported_media_type', `The body must be ${consumes}, without a content encoding`);
  }
  if (size > MAX_BODY_BYTES) {
    const instead = consumes === 'application/json' ? '' : ': send the file by the form of POST /uploads';
    throw new ServiceError('payload_too_large', `The body is larger than 4.5 MB${instead}`);
  }
  return Buffer.from(body, encoding);
};

const toText = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // a byte order mark is dropped
  } catch (cause) {
    throw notJson(cause);
  }
};

/** In words of our own: the parser's message quotes the body. */
const notJson = (cause: unknown): ServiceError =>
  new ServiceError(
    'invalid_json',
    'The body is not valid JSON in UTF-8, or has a key that is never allowed, such as __proto__',
    { cause },
  );
