import { expect, test } from '@jest/globals';
import { ERROR_CODES, ServiceError } from '../errors.ts';
import { PROBLEMS, toProblem, toProblemResult } from './problem.ts';

const about = { instance: '/api/v1/posts/5', request_id: 'request-1', baseUrl: 'https://api.test' };

/** The statuses that the API has promised. */
const STATUSES = {
  400: ['validation_failed', 'invalid_json', 'invalid_cursor'],
  401: ['unauthorized'],
  403: ['forbidden', 'owner_required'],
  404: [
    'not_found',
    'post_not_found',
    'comment_not_found',
    'sync_not_found',
    'publication_not_found',
    'upload_not_found',
    'account_not_found',
    'grant_not_found',
  ],
  405: ['method_not_allowed'],
  409: [
    'comments_disabled',
    'run_finished',
    'publication_not_cancellable',
    'idempotency_in_progress',
    'account_ambiguous',
    'account_disconnected',
    'account_paused',
    'account_shared',
    'last_owner',
    'not_available',
    'account_taken',
    'choose_account',
    'token_weaker',
  ],
  410: ['media_gone', 'comment_gone', 'upload_expired'],
  412: ['changed_meanwhile'],
  413: ['payload_too_large'],
  415: ['unsupported_media_type'],
  422: [
    'idempotency_key_reused',
    'instagram_rejected',
    'token_invalid',
    'token_expired',
    'token_wrong_login',
    'token_of_other_app',
    'token_scope_missing',
    'token_short_lived',
    'not_professional',
    'account_not_of_token',
  ],
  429: ['publishing_limit_reached', 'too_many_requests'],
  500: ['internal_error'],
  502: ['instagram_token_invalid', 'instagram_permission_missing', 'instagram_error'],
  503: ['instagram_rate_limited', 'writes_blocked', 'database_unavailable'],
  504: ['instagram_timeout', 'outcome_unknown'],
};

test('every code has the status of the API contract', () => {
  const rows = Object.entries(STATUSES).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)]));
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(ERROR_CODES.map((code) => [code, PROBLEMS[code].status])),
  );
});

test('a problem document has every detail of its error', () => {
  const error = new ServiceError('instagram_rejected', 'Instagram refused the comment', {
    errors: [{ path: 'text', message: 'too long' }],
    instagram: { code: 100, error_subcode: 33, message: 'Nope', fbtrace_id: 'A' },
    extensions: { sync_id: 7 },
    retryAfterSeconds: 1.2,
    headers: { Allow: 'GET' },
    cause: new Error('secret'),
  });

  const { statusCode, headers, body } = toProblemResult(error, about);

  expect(statusCode).toBe(422);
  expect(headers).toEqual({ 'Content-Type': 'application/problem+json', 'Retry-After': '2', Allow: 'GET' });
  expect(JSON.parse(body ?? '')).toEqual({
    type: 'https://api.test/docs/problems/instagram_rejected',
    title: 'Instagram refused the request',
    status: 422,
    detail: 'Instagram refused the comment',
    instance: '/api/v1/posts/5',
    code: 'instagram_rejected',
    retryable: true, // because it has Retry-After
    request_id: 'request-1',
    errors: [{ path: 'text', message: 'too long' }],
    instagram: { code: 100, error_subcode: 33, message: 'Nope', fbtrace_id: 'A' },
    sync_id: 7,
  });
});

test.each([[new Error('password=hunter2')], [new TypeError('x')], ['text'], [null], [{ code: 'not_found' }]])(
  'says nothing of an error it does not know: %p',
  (error) => {
    const problem = toProblem(error, about);
    expect(problem).toMatchObject({ code: 'internal_error', status: 500, title: 'Internal error' });
    expect(JSON.stringify(problem)).not.toMatch(/hunter2|stack|not_found/);
  },
);

test.each([
  ['instagram_rate_limited'],
  ['writes_blocked'],
  ['database_unavailable'],
  ['publishing_limit_reached'],
] as const)('%s always says when to come back', (code) => {
  expect(Number(toProblemResult(new ServiceError(code, ''), about).headers['Retry-After'])).toBeGreaterThan(0);
});

test('Retry-After is never 0', () => {
  const error = new ServiceError('writes_blocked', '', { retryAfterSeconds: 0 });
  expect(toProblemResult(error, about).headers['Retry-After']).toBe('1');
});

test('an extension replaces no member of the problem document', () => {
  const error = new ServiceError('not_found', 'No', {
    extensions: { status: 200, code: 'x', request_id: 'y', extra: 1 },
  });
  expect(toProblem(error, about)).toMatchObject({ status: 404, code: 'not_found', request_id: 'request-1', extra: 1 });
});

test('a missing token is answered with WWW-Authenticate', () => {
  expect(toProblemResult(new ServiceError('unauthorized', ''), about).headers['WWW-Authenticate']).toBe('Bearer');
});

test.each(ERROR_CODES.map((code) => [code]))(
  'the problem %s says whether the same request can succeed later',
  (code) => {
    const waiting = [
      'account_paused',
      'idempotency_in_progress',
      'publishing_limit_reached',
      'too_many_requests',
      'instagram_error',
      'instagram_rate_limited',
      'writes_blocked',
      'database_unavailable',
      'instagram_timeout',
      'outcome_unknown',
    ];
    expect(toProblem(new ServiceError(code, ''), about).retryable).toBe(waiting.includes(code));
    expect(toProblem(new ServiceError(code, '', { retryAfterSeconds: 5 }), about).retryable).toBe(true);
  },
);
