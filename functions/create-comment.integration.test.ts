/** Comments on posts: what a client is told, and that each request has one effect, whatever Instagram does. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { startCommentService } from '../lib/testing/comments.ts';
import { invoke } from '../lib/testing/invoke.ts';
import type { ScenarioInput } from '../local/simulator/scenarios/scenarios.ts';

const { pool, simulator, account, givenPost, ownComments, countStored, letPass } = await startCommentService();
const { handler: createComment } = await import('./create-comment.ts');

const comment = (postId: number, text: unknown, headers: Record<string, string> = {}) =>
  invoke(createComment, `/posts/${postId}/comment`, { body: { text }, headers });
const keyed = (key: string) => ({ 'idempotency-key': key });
const intentSchema = z.object({ state: z.string(), attempt: z.int(), evidence: z.string().nullable() });
const intents = () => pool.any(sql.type(intentSchema)`SELECT state, attempt, evidence FROM intents ORDER BY id`);
const goneAt = (postId: number) =>
  pool.oneFirst(sql.type(z.object({ gone_at: z.string().nullable() }))`SELECT gone_at FROM posts WHERE id = ${postId}`);
const sends = () => simulator.calls.count({ edge: 'media.comment' });
const onSend = { edge: 'media.comment' } as const;
/** The effect happens, its answer does not arrive. */
const lost = (kind: 'reset' | 'unavailable' | 'truncated' | 'html'): ScenarioInput => ({
  kind,
  on: onSend,
  placement: 'after',
  times: 1,
});
const ONCE = { state: 'confirmed', attempt: 1 };

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, intents, usage CASCADE`);
  await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'alive'`);
});

describe('the three cases that matter most', () => {
  test('a new comment is on Instagram, and stored under a new id', async () => {
    const post = await givenPost();
    const { status, body, headers } = await comment(post.id, '  Thank you! 🌊 ');
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: expect.any(Number),
        instagram_id: simulator.world.comments(post.instagram_id)[0]?.id,
        post_id: post.id,
        parent_id: null,
        text: 'Thank you! 🌊',
        username: simulator.world.account().username,
        timestamp: expect.stringMatching(/Z$/),
        like_count: 0,
        hidden: false,
        created_at: expect.stringMatching(/Z$/),
        deleted_at: null,
      },
    });
    expect(headers).not.toHaveProperty('idempotent-replayed');
    expect(ownComments(post.instagram_id)).toEqual(['Thank you! 🌊']);
    expect(await countStored(post.id)).toBe(1);
    expect(await intents()).toEqual([{ ...ONCE, evidence: 'answer' }]);
  });

  test('a comment on an unknown post is 404, without a call', async () => {
    const { status, body } = await comment(2_049_000, 'Hello');
    expect({ status, body }).toMatchObject({ status: 404, body: { code: 'post_not_found' } });
    expect(simulator.calls.list()).toEqual([]);
  });

  test('a comment on a post that is gone from Instagram is 410; the post is marked, and no comment is stored', async () => {
    const post = await givenPost();
    await givenPost();
    simulator.world.removeMedia([post.instagram_id]);
    const { status, body } = await comment(post.id, 'Hello');
    expect({ status, body }).toMatchObject({ status: 410, body: { code: 'media_gone' } });
    expect(await goneAt(post.id)).not.toBeNull();
    expect(await countStored(post.id)).toBe(0);
    expect(await intents()).toMatchObject([{ state: 'refused' }]);

    simulator.calls.clear();
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 410, body: { code: 'media_gone' } });
    expect(simulator.calls.list()).toEqual([]);
  });

  test.each<[string, ScenarioInput[]]>([
    ['of all single objects', [{ kind: 'outage' }]],
    ['of the write alone', []],
  ])('100/33 during an outage %s marks nothing gone', async (_, more) => {
    const post = await givenPost();
    await givenPost();
    simulator.scenarios.add({ kind: 'error', code: 100, subcode: 33, on: onSend });
    for (const scenario of more) simulator.scenarios.add(scenario);
    const { status, body } = await comment(post.id, 'Hello');
    expect({ status, body }).toMatchObject({
      status: 502,
      body: { code: 'instagram_error', instagram: { code: 100, error_subcode: 33 } },
    });
    expect(await goneAt(post.id)).toBeNull();
    expect(sends()).toBe(1);
  });
});

describe('bad input calls nothing', () => {
  test.each([
    ['missing', undefined],
    ['null', null],
    ['a number', 7],
    ['a list', ['Hello']],
    ['empty', ''],
    ['blank', ' \n\t '],
    ['too long by one character', 'x'.repeat(2_201)],
    ['too long by one emoji', '🌊'.repeat(2_201)],
    ['with a NUL', 'a\0b'],
    ['with half an emoji', 'a\ud83c'],
  ])('a comment is refused without a call when its text is %s', async (_, text) => {
    const post = await givenPost();
    const { status, body } = await comment(post.id, text);
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: 'text' }] },
    });
    expect(simulator.calls.list()).toEqual([]);
    expect(await intents()).toEqual([]);
  });

  test.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['not ASCII', 'ключ'],
    ['with a line break', 'a\nb'],
  ])('a comment is refused when its Idempotency-Key is %s', async (_, key) => {
    const post = await givenPost();
    const answer = await comment(post.id, 'Hello', keyed(key));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'idempotency-key' }] } });
  });

  test('a comment under an impossible post id is 404', async () => {
    expect(await invoke(createComment, '/posts/0/comment', { body: { text: 'x' } })).toMatchObject({
      status: 404,
      body: { code: 'post_not_found' },
    });
  });
});

test.each([
  ['2,200 emoji', '🌊'.repeat(2_200)],
  ['right to left', 'شكرا لكم جميعا'],
  ['combining marks', 'Cafe\u0301 a\u0308 🏳️‍🌈'],
  ['a plus, an ampersand and a percent sign', '1+1=2 & 100% #yes @you'],
])('comments of %s arrive unchanged', async (_, text) => {
  const post = await givenPost();
  expect(await comment(post.id, text)).toMatchObject({ status: 201, body: { text } });
  expect(ownComments(post.instagram_id)).toEqual([text]);
});

test('both paths are one operation, and a user name in the body is ignored', async () => {
  const post = await givenPost();
  const body = { text: 'Hello', username: 'somebody.else' };
  const first = await invoke(createComment, `/posts/${post.id}/comment`, { body, headers: keyed('both') });
  const second = await invoke(createComment, `/posts/${post.id}/comments/`, { body, headers: keyed('both') });
  expect(first).toMatchObject({ status: 201, body: { username: simulator.world.account().username } });
  expect(second).toMatchObject({ status: 201, body: first.body, headers: { 'idempotent-replayed': 'true' } });
});

describe('Idempotency-Key', () => {
  test('the same request with the same key gets the first answer, and has one effect', async () => {
    const post = await givenPost();
    const first = await comment(post.id, 'Once', keyed('a key'));
    const second = await comment(post.id, 'Once', keyed('a key'));
    expect(second).toMatchObject({ status: 201, body: first.body, headers: { 'idempotent-replayed': 'true' } });
    expect(ownComments(post.instagram_id)).toEqual(['Once']);
  });

  test('the same key gets the first answer even after the post is gone', async () => {
    const post = await givenPost();
    await comment(post.id, 'Once', keyed('k'));
    await pool.query(sql.unsafe`UPDATE posts SET gone_at = now()`);
    expect(await comment(post.id, 'Once', keyed('k'))).toMatchObject({ status: 201 });
  });

  test('a key that another request has used is 422', async () => {
    const [post, other] = [await givenPost(), await givenPost()];
    await comment(post.id, 'Once', keyed('k'));
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } };
    expect(await comment(post.id, 'Twice', keyed('k'))).toMatchObject(reused);
    expect(await comment(other.id, 'Once', keyed('k'))).toMatchObject(reused);
    expect(sends()).toBe(1);
  });

  test('each caller has Idempotency-Keys of its own', async () => {
    const post = await givenPost();
    const as = (sub: string) => ({
      body: { text: 'Hello' },
      headers: keyed('k'),
      claims: { sub, scope: 'comments:write' },
    });
    await invoke(createComment, `/posts/${post.id}/comment`, as('one'));
    const other = await invoke(createComment, `/posts/${post.id}/comment`, as('two'));
    expect(other.headers).not.toHaveProperty('idempotent-replayed');
    expect(ownComments(post.instagram_id)).toHaveLength(2);
  });

  test('a refusal by Instagram is repeated for the same key', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'error', code: 1_609_005, message: 'The link is bad', on: onSend, times: 1 });
    const refused = { status: 422, body: { code: 'instagram_rejected', instagram: { message: 'The link is bad' } } };
    expect(await comment(post.id, 'http://x', keyed('k'))).toMatchObject(refused);
    const again = await comment(post.id, 'http://x', keyed('k'));
    expect(again).toMatchObject({ ...refused, headers: { 'idempotent-replayed': 'true' } });
    expect(sends()).toBe(1);
    expect(await countStored(post.id)).toBe(0);
  });

  test('after "try later" the next request with the same key sends', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'expired_token', on: onSend, times: 1 });
    expect(await comment(post.id, 'Hello', keyed('k'))).toMatchObject({ status: 502 });
    const { status, headers } = await comment(post.id, 'Hello', keyed('k'));
    expect(status).toBe(201);
    expect(headers['idempotent-replayed']).toBe('true');
    expect(ownComments(post.instagram_id)).toEqual(['Hello']);
  });

  test('twenty requests with one key at once have one effect and one answer', async () => {
    const post = await givenPost();
    simulator.setLatency(30);
    const answers = await Promise.all(Array.from({ length: 20 }, () => comment(post.id, 'Together', keyed('k'))));
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect(ownComments(post.instagram_id)).toEqual(['Together']);
    simulator.setLatency(0);
  });
});

test('twenty requests without a key are twenty comments', async () => {
  const post = await givenPost();
  const answers = await Promise.all(Array.from({ length: 20 }, () => comment(post.id, 'Again')));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(20);
  expect(ownComments(post.instagram_id)).toHaveLength(20);
  expect(await countStored(post.id)).toBe(20);
});

describe('an answer that was lost', () => {
  test.each(['reset', 'unavailable', 'truncated', 'html'] as const)(
    'after an answer lost by %s the comment is found, not sent again',
    async (kind) => {
      const post = await givenPost();
      simulator.scenarios.add(lost(kind));
      const { status, body } = await comment(post.id, 'Hello');
      expect({ status, body }).toMatchObject({
        status: 201,
        body: { instagram_id: simulator.world.comments(post.instagram_id)[0]?.id, text: 'Hello' },
      });
      expect(sends()).toBe(1);
      expect(await intents()).toEqual([{ ...ONCE, evidence: 'readback' }]);
      expect(await countStored(post.id)).toBe(1);
    },
  );

  test('when answers are lost among twenty requests at once, each finds its own comment', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'reset', on: onSend, placement: 'after', times: 12 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => comment(post.id, 'Again')));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(20);
    expect(ownComments(post.instagram_id)).toHaveLength(20);
  });

  test('20/1772107 is no refusal when the comment is there', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'error', code: 20, subcode: 1_772_107, on: onSend, placement: 'after' });
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id)).toEqual(['Hello']);
  });

  test('20/1772107 does not send the comment again when it is not there', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'error', code: 20, subcode: 1_772_107, on: onSend });
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
    expect(sends()).toBe(1);
    expect(await intents()).toMatchObject([{ state: 'unknown', attempt: 1 }]);
  });
});

describe('a request that got lost', () => {
  test('a request that got lost is sent again once its effect had time to show', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'reset', on: onSend, times: 1 });
    const { status } = await comment(post.id, 'Hello');
    expect(status).toBe(201);
    expect(sends()).toBe(2);
    expect(ownComments(post.instagram_id)).toEqual(['Hello']);
    expect(await intents()).toEqual([{ state: 'confirmed', attempt: 2, evidence: 'answer' }]);
  });

  test('a request that got lost twice is not sent a third time: its outcome is unknown', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'reset', on: onSend });
    expect(await comment(post.id, 'Hello', keyed('k'))).toMatchObject({
      status: 504,
      body: { code: 'outcome_unknown' },
    });
    expect(await comment(post.id, 'Hello', keyed('k'))).toMatchObject({
      status: 504,
      body: { code: 'outcome_unknown' },
    });
    expect(sends()).toBe(2);
    expect(await countStored(post.id)).toBe(0);
  });

  test('a request that got lost is sent again only if listings show what is there', async () => {
    const post = await givenPost({ comments_count: 3, commentsWithheld: 3 });
    simulator.scenarios.add({ kind: 'reset', on: onSend });
    const { status, body } = await invoke(createComment, `/posts/${post.id}/comment`, {
      body: { text: 'Hello' },
      remainingMs: 3_000,
    });
    expect({ status, body }).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
    expect(sends()).toBe(1);
  });

  test('a request that got lost is sent again under comments that nobody has read before', async () => {
    const post = await givenPost({ comments_count: 5 });
    simulator.scenarios.add({ kind: 'reset', on: onSend, times: 1 });
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id).filter((text) => text === 'Hello')).toHaveLength(1);
  });

  test.each([
    ['cursors that go round', 2],
    ['the same rows behind new cursors', 0],
  ])('a request that got lost is not sent again where its listing has no end: %s', async (_, cursors) => {
    const post = await givenPost({ comments_count: 60 });
    simulator.scenarios.add({ kind: 'reset', on: onSend });
    simulator.scenarios.add({ kind: 'endless_list', cursors, on: { edge: 'media.comments' } });
    const hurried = { body: { text: 'Hello' }, remainingMs: 3_000 };
    expect(await invoke(createComment, `/posts/${post.id}/comment`, hurried)).toMatchObject({
      status: 504,
      body: { code: 'outcome_unknown' },
    });
    expect(sends()).toBe(1);
    expect(simulator.calls.count({ edge: 'media.comments' })).toBeLessThanOrEqual(60);
  });

  test.each(['missing_timestamp', 'only_id', 'null'] as const)(
    'a request that got lost is not sent again while an unreadable row (%s) may be its effect',
    async (how) => {
      const post = await givenPost();
      for (const text of ['one', 'two', 'three'])
        simulator.world.addComment(post.instagram_id, { text, timestamp: 1_780_000_000 });
      simulator.scenarios.add({ kind: 'reset', on: onSend, placement: 'after', times: 1 });
      const odd = simulator.scenarios.add({ kind: 'malformed_item', how, on: { edge: 'media.comments' } });
      const hurried = { body: { text: 'Hello' }, headers: keyed('k'), remainingMs: 3_000 };
      const first = await invoke(createComment, `/posts/${post.id}/comment`, hurried);
      expect(first).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
      expect(sends()).toBe(1);
      odd.remove();
      expect(await comment(post.id, 'Hello', keyed('k'))).toMatchObject({ status: 201 });
      expect(ownComments(post.instagram_id).filter((text) => text === 'Hello')).toHaveLength(1);
    },
  );

  test('a request whose outcome is unknown continues under its key', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'reset', on: onSend, times: 1 });
    const hurried = { body: { text: 'Hello' }, headers: keyed('k'), remainingMs: 2_100 };
    const first = await invoke(createComment, `/posts/${post.id}/comment`, hurried);
    expect(first).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
    expect(await comment(post.id, 'Hello', keyed('k'))).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id)).toEqual(['Hello']);
  });
});

test('when Instagram is slower than the request’s time, there is an answer in time and one comment in the end', async () => {
  const post = await givenPost();
  const held = simulator.scenarios.add({ kind: 'hang', on: { edge: ['media.comment', 'media.comments', 'media'] } });
  const hurried = { body: { text: 'Hello' }, headers: keyed('k'), remainingMs: 3_000 };
  const answer = await invoke(createComment, `/posts/${post.id}/comment`, hurried);
  expect(answer).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
  held.remove();
  expect(await comment(post.id, 'Hello', keyed('k'))).toMatchObject({ status: 201 });
  expect(ownComments(post.instagram_id)).toEqual(['Hello']);
});

describe('comments that are switched off', () => {
  test('a comment while comments are switched off is 409, without a write', async () => {
    const post = await givenPost({ is_comment_enabled: false });
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 409, body: { code: 'comments_disabled' } });
    expect(sends()).toBe(0);
  });

  test('a comment after comments were switched off in the app is 409', async () => {
    const post = await givenPost();
    simulator.world.editMedia(post.instagram_id, { is_comment_enabled: false });
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 409, body: { code: 'comments_disabled' } });
  });

  test('where Instagram limits our calls as it is asked why it refused, the account is quiet from then on', async () => {
    const post = await givenPost();
    simulator.world.editMedia(post.instagram_id, { is_comment_enabled: false });
    simulator.scenarios.add({ kind: 'throttle', code: 80_002, minutes: 7, on: { edge: 'media' } });
    expect((await comment(post.id, 'Hello')).status).not.toBe(201);
    const before = sends();
    const answer = await comment(post.id, 'Hello');
    expect(answer).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(300); // as Instagram said, not our own guess
    expect(sends()).toBe(before);
  });

  test('a comment works after comments were switched on in the app', async () => {
    const post = await givenPost({ is_comment_enabled: false });
    simulator.world.editMedia(post.instagram_id, { is_comment_enabled: true });
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 201 });
  });
});

describe('an account that Instagram stops', () => {
  test('after a block for spam (368) nothing is sent until the stated time', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'blocked', on: onSend });
    const first = await comment(post.id, 'Hello');
    expect(first).toMatchObject({ status: 422, body: { code: 'instagram_rejected', instagram: { code: 368 } } });
    expect(Number(first.headers['retry-after'])).toBe(900);
    const second = await comment(post.id, 'Hello again');
    expect(second).toMatchObject({ status: 503, body: { code: 'writes_blocked', instagram: { code: 368 } } });
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(890);
    expect(sends()).toBe(1);

    simulator.scenarios.clear();
    await letPass(15 * 60_000);
    expect(await comment(post.id, 'Hello again')).toMatchObject({ status: 201 });
  });

  test('after 4/2207051 a read-back finds the comment that is there', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'blocked', code: 4, on: onSend, placement: 'after' });
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id)).toEqual(['Hello']);
  });

  test('after 4/2207051 a read-back does not find the comment that is not there', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'blocked', code: 4, on: onSend });
    const answer = await comment(post.id, 'Hello');
    expect(answer).toMatchObject({ status: 422, body: { instagram: { code: 4, error_subcode: 2_207_051 } } });
    expect(Number(answer.headers['retry-after'])).toBe(900);
    expect(sends()).toBe(1);
  });

  test('while the rate limit is reached, for the header’s minutes, nothing is called', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'throttle', code: 80_002, minutes: 7, on: onSend });
    const first = await comment(post.id, 'Hello', keyed('k'));
    expect(first).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
    expect(Number(first.headers['retry-after'])).toBe(420);
    simulator.calls.clear();
    const second = await comment(post.id, 'Hello', keyed('k'));
    expect(second).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(410);
    expect(await comment(post.id, 'Another')).toMatchObject({ status: 503 });
    expect(simulator.calls.list()).toEqual([]);

    simulator.scenarios.clear();
    await letPass(7 * 60_000);
    expect(await comment(post.id, 'Hello', keyed('k'))).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id)).toEqual(['Hello']);
  });

  describe.each<[string, ScenarioInput]>([
    ...([4, 17, 32, 341, 613, 80_002] as const).map((code): [string, ScenarioInput] => [
      `its rate limit (${code})`,
      { kind: 'throttle', code, on: onSend, times: 1 },
    ]),
    ['its rate limit (HTTP 429)', { kind: 'unavailable', status: 429, on: onSend, times: 1 }],
    ['its rate limit (613/1996)', { kind: 'error', code: 613, subcode: 1996, on: onSend, times: 1 }],
  ])('for %s', (_, throttle) => {
    /** Asks twice under one key, the second time when calls are accepted again. */
    const askTwice = async (postId: number) => {
      const first = await comment(postId, 'Hello', keyed('k'));
      expect(first).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
      expect(Number(first.headers['retry-after'])).toBeGreaterThan(0);
      expect(await intents()).toMatchObject([{ state: 'unknown', attempt: 1 }]);
      await letPass(60 * 60_000);
      return await comment(postId, 'Hello', keyed('k'));
    };

    test('after throttling, the same key finds a comment that was published, and does not send', async () => {
      const post = await givenPost();
      simulator.scenarios.add({ ...throttle, placement: 'after' });
      expect(await askTwice(post.id)).toMatchObject({ status: 201, headers: { 'idempotent-replayed': 'true' } });
      expect(ownComments(post.instagram_id)).toEqual(['Hello']);
      expect(sends()).toBe(1);
    });

    test('after throttling, the same key reads back, and sends a comment that was not published', async () => {
      const post = await givenPost();
      simulator.scenarios.add(throttle);
      expect(await askTwice(post.id)).toMatchObject({ status: 201 });
      expect(ownComments(post.instagram_id)).toEqual(['Hello']);
      expect(sends()).toBe(2);
    });
  });

  test('a throttled account waits the stated minute, and no longer', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'throttle', code: 80_002, minutes: 1, on: onSend });
    const { headers } = await comment(post.id, 'Hello', keyed('minute'));
    expect(Number(headers['retry-after'])).toBe(60);
    simulator.scenarios.clear();
    await letPass(60_000);
    expect(await comment(post.id, 'Hello', keyed('minute'))).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id)).toEqual(['Hello']);
  });

  test('with a dead token each request tries once, and a success revives the token', async () => {
    const post = await givenPost();
    const state = () =>
      pool.oneFirst(
        sql.type(z.object({ token_state: z.string() }))`SELECT token_state FROM accounts WHERE id = ${account.id}`,
      );
    const dead = simulator.scenarios.add({ kind: 'expired_token', on: onSend });
    expect(await comment(post.id, 'Hello')).toMatchObject({
      status: 502,
      body: { code: 'instagram_token_invalid', instagram: { code: 190 } },
    });
    expect(await state()).toBe('dead');
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 502 });
    expect(sends()).toBe(2);
    dead.remove();
    expect(await comment(post.id, 'Hello')).toMatchObject({ status: 201 });
    expect(await state()).toBe('alive');
  });

  test('without the permission a comment is 502, and the same key works once it is granted', async () => {
    const post = await givenPost();
    simulator.scenarios.add({ kind: 'missing_permission', on: onSend, times: 1 });
    const answer = await comment(post.id, 'Hello', keyed('k'));
    expect(answer).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
    expect(await comment(post.id, 'Hello', keyed('k'))).toMatchObject({ status: 201 });
  });
});
