import { describe, expect, test } from '@jest/globals';
import { ServiceError } from '../errors.ts';
import { answeredError, exchangeError, toServiceError } from './errors.ts';

const answered = (code: number, { write = false, subcode = null as number | null, retryAfterSeconds = 0 } = {}) =>
  answeredError({
    call: 'GET {id}',
    write,
    httpStatus: 400,
    isTransient: false,
    retryAfterSeconds,
    details: { code, error_subcode: subcode, message: 'As Meta said', fbtrace_id: 'A1' },
  });

describe('toServiceError', () => {
  test.each([
    ['instagram_rate_limited', answered(4), 300],
    ['instagram_rate_limited', answered(4, { retryAfterSeconds: 60 }), 60],
    ['instagram_token_invalid', answered(190), undefined],
    ['instagram_permission_missing', answered(200), undefined],
    ['instagram_error', answered(2), undefined],
    ['instagram_error', answered(100), undefined],
    ['instagram_error', answered(100, { subcode: 33 }), undefined],
    ['instagram_rejected', answered(100, { write: true }), undefined],
    ['instagram_rejected', answered(368, { write: true }), 900],
    ['instagram_rejected', answered(4, { write: true, subcode: 2207051 }), 900],
    ['publishing_limit_reached', answered(9, { write: true, subcode: 2207042 }), 3600],
    ['outcome_unknown', answered(2, { write: true }), undefined],
  ])('%s', (code, error, retryAfterSeconds) => {
    const named = toServiceError(error);
    expect(named).toBeInstanceOf(ServiceError);
    expect(named.code).toBe(code);
    expect(named.cause).toBe(error);
    expect(named.options.retryAfterSeconds).toBe(retryAfterSeconds);
    expect(named.options.instagram).toEqual({
      code: error.code,
      error_subcode: error.subcode,
      message: 'As Meta said',
      fbtrace_id: 'A1',
    });
  });

  test('without an answer from Instagram the problem has no `instagram` part', () => {
    const error = exchangeError({ call: 'GET {id}', write: false, failure: 'timeout' });
    const named = toServiceError(error);
    expect(named.code).toBe('instagram_timeout');
    expect(named.message).toBe('Instagram did not answer in time');
    expect(named.options).not.toHaveProperty('instagram');
  });

  test("the client gets Instagram's words for the owner", () => {
    const error = answeredError({
      call: 'POST {id}/media',
      write: true,
      httpStatus: 400,
      isTransient: false,
      userMessage: 'Das Bild ist zu hoch.',
      details: { code: 36003, error_subcode: 2207009, message: 'Invalid aspect ratio', fbtrace_id: null },
    });
    expect(toServiceError(error).message).toBe(
      'Instagram does not support the aspect ratio of the image. Instagram says: Das Bild ist zu hoch.',
    );
  });
});

test('an error with a better hint keeps everything else', () => {
  const error = answered(100);
  const better = error.withHint('invalid_cursor');
  expect(better).toMatchObject({ hint: 'invalid_cursor', code: 100, details: error.details, message: error.message });
  expect(error.hint).toBe('core_fields');
});
