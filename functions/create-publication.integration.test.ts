/** Publishing as clients see it: what is accepted, what is answered, what is done once. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { skewClock } from '../lib/testing/clock.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { captureLogs } from '../lib/testing/logs.ts';
import { startPublicationService } from '../lib/testing/publications.ts';

const service = await startPublicationService();
const { pool, simulator, account, takeMessages, deliver, letTimePass, letPass, come, reset, published, calls } =
  service;
const { handler: createPublication } = await import('./create-publication.ts');
const { handler: getPublication } = await import('./get-publication.ts');
const { handler: listPublications } = await import('./list-publications.ts');
const { handler: cancelPublication } = await import('./cancel-publication.ts');
const { handler: getPublishingLimit } = await import('./get-publishing-limit.ts');
const { handler: getPost } = await import('./get-post.ts');
const { handler: publishWorker } = await import('./publish.consumer.ts');
const { handler: tick } = await import('./tick.ts');

const IMAGE = { image_url: 'https://files.example.com/harbour.jpg' };
const VIDEO = { video_url: 'https://files.example.com/harbour.mp4' };
const HOUR_MS = 3_600_000;

beforeEach(reset);

const publish = (body: unknown, headers: Record<string, string> = {}) =>
  invoke(createPublication, '/publications', { body, headers });
const later = { prefer: 'respond-async' };
const get = async (id: number) => (await invoke(getPublication, `/publications/${id}`)).body;
const wake = () => deliver(publishWorker, takeMessages('publications'));
/** Lets every pause pass at once, and wakes the worker, until the publication has ended. */
const end = async (id: number) => {
  for (let turns = 0; turns < 10; turns += 1) {
    const publication = await get(id);
    if (['published', 'failed', 'unknown', 'cancelled'].includes(publication.status)) return publication;
    await letTimePass();
    await wake();
  }
  throw new Error(`the publication does not end: ${JSON.stringify(await get(id))}`);
};
const countRows = () => pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM publications`);
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

describe('a publication', () => {
  test.each([
    ['image', { ...IMAGE, caption: 'Low tide #harbour', alt_text: 'A harbour' }, 'IMAGE', 'FEED'],
    ['reel', { ...VIDEO, caption: 'High tide' }, 'VIDEO', 'REELS'],
    ['story', { kind: 'story', ...IMAGE }, 'IMAGE', 'STORY'],
    ['carousel', { children: [IMAGE, VIDEO], caption: 'Both' }, 'CAROUSEL_ALBUM', 'FEED'],
  ])(
    'a publication of kind %s is published once, and stored as a post at once',
    async (kind, body, media_type, product) => {
      const { status, body: publication, headers } = await publish(body);
      expect(publication).toMatchObject({ kind, status: 'published', error: null });
      expect(status).toBe(201);
      expect(headers.location).toBe(`https://api.test/api/v1/publications/${publication.id}`);
      expect(published()).toEqual([publication.media_id]);
      const post = await invoke(getPost, `/posts/${publication.post_id}`);
      expect(post.body).toMatchObject({
        instagram_id: publication.media_id,
        caption: 'caption' in body ? body.caption : null,
        media_type,
        media_product_type: product,
        permalink: publication.permalink,
        gone_at: null,
      });
      expect(post.body.permalink).not.toBeNull();
      const over = Date.parse(post.body.timestamp) + 24 * HOUR_MS;
      expect(Date.parse(post.body.expires_at ?? '') || null).toBe(kind === 'story' ? over : null);
      expect(await get(publication.id)).toEqual(publication);
    },
  );

  test('a publication is accepted at its other path, too', async () => {
    expect(await invoke(createPublication, '/instagram/images', { body: IMAGE })).toMatchObject({ status: 201 });
  });

  test('a publication is answered with 202 at once when its client asks for that, and a worker publishes it', async () => {
    const accepted = await publish(IMAGE, later);
    expect(accepted).toMatchObject({
      status: 202,
      headers: { 'preference-applied': 'respond-async', location: expect.stringContaining('/publications/') },
      body: { status: 'queued', media: [{ status: 'pending', container_id: null }] },
    });
    expect(calls('user.media.create')).toBe(0);
    await wake();
    expect(await get(accepted.body.id)).toMatchObject({ status: 'processing', container_id: expect.any(String) });
    await letTimePass();
    await wake();
    expect(await get(accepted.body.id)).toMatchObject({ status: 'published', media_id: published()[0] });
  });

  test('a publication goes on in a worker when its client has waited long enough', async () => {
    simulator.scenarios.add({ kind: 'container', processing_ms: 4_000 });
    const { status, body, headers } = await publish(IMAGE, { prefer: 'wait=2' });
    expect({ status, publication: body.status }).toEqual({ status: 202, publication: 'processing' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    simulator.world.containers.edit(body.container_id ?? '', { readyAt: 0 });
    await letTimePass();
    await wake();
    expect(await get(body.id)).toMatchObject({ status: 'published' });
    expect(published()).toHaveLength(1);
  });

  test('a publication whose wake-up is lost is woken by the tick: a queue that takes no messages costs time only', async () => {
    service.refuseMessages(1);
    const { status, body } = await publish(IMAGE, later);
    expect(status).toBe(202);
    await tick();
    const woken = takeMessages('publications');
    expect(woken).toEqual([{ account_id: account.id, publication_id: body.id }]);
    await tick();
    expect(takeMessages('publications')).toEqual([]);
    await deliver(publishWorker, [...woken, ...woken]);
    expect(calls('user.media.create')).toBe(1);
  });

  test.each<[string, unknown, number, string]>([
    ['no media', {}, 400, 'validation_failed'],
    ['an image and a video', { ...IMAGE, ...VIDEO }, 400, 'validation_failed'],
    ['a file of this machine', { image_url: 'file:///etc/passwd' }, 400, 'validation_failed'],
    ['a time that has passed', { ...IMAGE, scheduled_at: '2020-01-01T00:00:00Z' }, 400, 'validation_failed'],
    ['a time too far ahead', { ...IMAGE, scheduled_at: inHours(75 * 24 + 1) }, 400, 'validation_failed'],
    ['an upload that is none', { upload_key: 'uploads/1/none' }, 404, 'upload_not_found'],
    ['a list', [], 400, 'validation_failed'],
    ['a caption with NUL', { ...IMAGE, caption: 'a\0b' }, 400, 'validation_failed'],
  ])('a publication is refused before anything is done: %s', async (_, body, status, code) => {
    expect(await publish(body)).toMatchObject({ status, body: { code } });
    expect(await countRows()).toBe(0);
    expect(simulator.calls.list()).toEqual([]);
  });
});

describe('an Idempotency-Key', () => {
  const keyed = { 'idempotency-key': 'harbour' };

  test('twenty requests at once with one Idempotency-Key are one publication', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => publish(IMAGE, keyed)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(published()).toHaveLength(1);
  });

  test('a request that is repeated under its Idempotency-Key gets the same outcome', async () => {
    const first = await publish(IMAGE, keyed);
    simulator.calls.clear();
    const second = await publish(IMAGE, keyed);
    expect(second).toMatchObject({ status: 201, headers: { 'idempotent-replayed': 'true' } });
    expect(second.body).toEqual(first.body);
    expect(simulator.calls.list()).toEqual([]);
  });

  test('a refused request that is repeated under its Idempotency-Key is refused again', async () => {
    simulator.scenarios.add({ kind: 'container', status_code: 'ERROR', subcode: 2207026 });
    const first = await publish(IMAGE, keyed);
    expect(first).toMatchObject({
      status: 422,
      body: { code: 'instagram_rejected', publication_id: expect.any(Number) },
    });
    simulator.scenarios.clear();
    const second = await publish(IMAGE, keyed);
    expect(second).toMatchObject({ status: 422, headers: { 'idempotent-replayed': 'true' } });
    expect(second.body).toMatchObject({ ...first.body, request_id: expect.any(String) });
    expect(published()).toEqual([]);
  });

  test('an Idempotency-Key belongs to one request', async () => {
    await publish(IMAGE, keyed);
    expect(await publish({ ...IMAGE, caption: 'Another' }, keyed)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  test('without an Idempotency-Key, each request is a publication of its own', async () => {
    await Promise.all([publish(IMAGE), publish(IMAGE), publish(IMAGE)]);
    expect(published()).toHaveLength(3);
  });
});

describe('a scheduled publication', () => {
  test('a scheduled publication gets no container before it is due: the container would expire', async () => {
    const scheduled_at = inHours(30);
    const { status, body } = await publish({ ...IMAGE, scheduled_at });
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'scheduled', scheduled_at: scheduled_at.replace(/\.\d+Z$/, 'Z') });
    expect(takeMessages('publications')).toEqual([]); // further away than a message can be delayed
    await tick();
    expect(takeMessages('publications')).toEqual([]);
    await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]); // a wake-up that comes too early
    expect(simulator.calls.list()).toEqual([]);

    await come(body.id);
    await tick();
    expect(await end(body.id)).toMatchObject({ status: 'published', media_id: published()[0] });
  });

  test('a scheduled publication is woken when it is due by the database’s clock, though ours is an hour behind', async () => {
    const scheduled_at = inHours(0.2);
    skewClock(-HOUR_MS);
    const { headers } = await publish({ ...IMAGE, scheduled_at });
    const delays = [Number(headers['retry-after']), ...service.sent.map(({ delaySeconds }) => delaySeconds)];
    expect(delays).toHaveLength(2);
    for (const delay of delays) expect(Math.abs(delay - 720)).toBeLessThan(30);
  });

  test('a scheduled publication can be cancelled, once', async () => {
    const keyed = { 'idempotency-key': 'harbour' };
    const { body } = await publish({ ...IMAGE, scheduled_at: inHours(1) }, keyed);
    const cancelled = await invoke(cancelPublication, `/publications/${body.id}`);
    expect(cancelled).toMatchObject({ status: 200, body: { id: body.id, status: 'cancelled' } });
    expect(await invoke(cancelPublication, `/publications/${body.id}`)).toMatchObject({
      status: 409,
      body: { code: 'publication_not_cancellable' },
    });
    await come(body.id);
    await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
    expect(simulator.calls.list()).toEqual([]);
    const again = await publish({ ...IMAGE, scheduled_at: body.scheduled_at }, keyed);
    expect(again).toMatchObject({ status: 202, body: { id: body.id, status: 'cancelled' } });
  });

  test('a scheduled publication that is due waits for a new token while the account’s is dead', async () => {
    const { body } = await publish({ ...IMAGE, scheduled_at: inHours(1) });
    const dead = simulator.scenarios.add({ kind: 'expired_token' });
    const turn = async () => {
      await come(body.id);
      await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
    };
    for (let turns = 0; turns < 8; turns += 1) await turn();
    expect(await get(body.id)).toMatchObject({ status: 'processing', error: { code: 'instagram_token_invalid' } });
    expect(simulator.calls.count()).toBeLessThan(4);
    dead.remove();
    await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'alive'`);
    for (let turns = 0; turns < 4; turns += 1) {
      await letTimePass();
      await turn();
    }
    expect(await get(body.id)).toMatchObject({ status: 'published', error: null });
    expect(published()).toHaveLength(1);
  });

  test('a scheduled publication that cannot be published for a day fails, and says why', async () => {
    simulator.world.containers.setQuota(account.instagram_id, { total: 5, usedElsewhere: 5 });
    const { body } = await publish({ ...IMAGE, scheduled_at: inHours(1) });
    await come(body.id);
    await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
    expect(await get(body.id)).toMatchObject({ status: 'scheduled', error: { code: 'publishing_limit_reached' } });
    await letPass(25 * HOUR_MS);
    await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
    expect(await get(body.id)).toMatchObject({ status: 'failed', error: { code: 'publishing_limit_reached' } });
    expect(calls('user.media.create')).toBe(0);
  });
});

describe('that a publication failed', () => {
  const alarms = (lines: readonly Record<string, unknown>[]) =>
    lines.filter(({ event }) => event === 'scheduled_publication_failed');
  const refuse = () => simulator.scenarios.add({ kind: 'container', status_code: 'ERROR', subcode: 2207026 });

  test('a scheduled publication that fails raises an alarm: nobody waits for its answer', async () => {
    const { body } = await publish({ ...IMAGE, scheduled_at: inHours(1) });
    refuse();
    await come(body.id);
    const logs = captureLogs();
    await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
    expect(await end(body.id)).toMatchObject({ status: 'failed' });
    expect(alarms(logs())).toMatchObject([
      { level: 'ERROR', account_id: account.id, publication_id: body.id, code: 'instagram_rejected' },
    ]);
  });

  test('a publication whose client hears that it failed raises no alarm', async () => {
    refuse();
    const logs = captureLogs();
    expect(await publish(IMAGE)).toMatchObject({ status: 422 });
    expect(alarms(logs())).toEqual([]);
  });
});

describe('the publishing limit', () => {
  const setQuota = (quota: object) => simulator.world.containers.setQuota(account.instagram_id, quota);

  test('the publishing limit is what Instagram states', async () => {
    setQuota({ total: 50, usedElsewhere: 7 });
    expect((await invoke(getPublishingLimit, '/instagram/publishing_limit')).body).toEqual({
      quota_usage: 7,
      quota_total: 50,
      quota_duration: 86_400,
    });
  });

  test('the publishing limit is checked before a container is made', async () => {
    setQuota({ total: 50, usedElsewhere: 50 });
    const answer = await publish(IMAGE, { 'idempotency-key': 'harbour' });
    const detail = 'The account has published as much as Instagram allows within a day';
    expect(answer).toMatchObject({ status: 429, body: { code: 'publishing_limit_reached', detail } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(calls('user.media.create')).toBe(0);
    setQuota({ usedElsewhere: 49 });
    expect(await publish(IMAGE, { 'idempotency-key': 'harbour' })).toMatchObject({ status: 201 }); // the refusal is not kept under the key
  });

  test('the publishing limit holds in a burst, although Instagram’s figure lags', async () => {
    setQuota({ total: 3, lagMs: HOUR_MS });
    const answers = await Promise.all(Array.from({ length: 8 }, () => publish(IMAGE)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([201, 201, 201, 429, 429, 429, 429, 429]);
    expect(calls('user.media.create')).toBe(3);
    expect(await publish(IMAGE)).toMatchObject({ status: 429 });
  });

  test('where the publishing limit cannot be read, Instagram refuses, and the publication waits', async () => {
    simulator.scenarios.add({ kind: 'error', code: 100, on: { edge: 'user.content_publishing_limit' } });
    setQuota({ total: 1, usedElsewhere: 1 });
    const { status, body } = await publish(IMAGE, { prefer: 'wait=6' });
    expect({ status, publication: body.status, error: body.error?.code }).toEqual({
      status: 202,
      publication: 'publishing',
      error: 'publishing_limit_reached',
    });
    setQuota({ usedElsewhere: 0 });
    await letTimePass();
    await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
    expect(await get(body.id)).toMatchObject({ status: 'published' });
  });

  test('a publishing limit that is refused for the rate limit is the last call: at once nothing is accepted, and what was scheduled waits', async () => {
    const throttle = {
      kind: 'throttle',
      minutes: 12,
      on: { edge: 'user.content_publishing_limit' },
      times: 1,
    } as const;
    simulator.scenarios.add(throttle);
    const answer = await publish(IMAGE, { 'idempotency-key': 'throttled' });
    expect(answer).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
    expect(simulator.calls.list()).toHaveLength(1);
    expect(await publish(IMAGE, { 'idempotency-key': 'throttled' })).toMatchObject({ status: 503 });
    expect(simulator.calls.list()).toHaveLength(1);

    await letTimePass();
    simulator.calls.clear();
    const { body } = await publish({ ...IMAGE, scheduled_at: new Date(Date.now() + HOUR_MS).toISOString() });
    await come(body.id);
    simulator.scenarios.add(throttle);
    await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
    expect(await get(body.id)).toMatchObject({ status: 'scheduled' });
    expect(simulator.calls.list()).toHaveLength(1);
  });

  test('the publishing limit counts containers, too', async () => {
    await publish(IMAGE);
    await pool.query(sql.unsafe`
      INSERT INTO containers (account_id, id, publication_id, live)
      SELECT account_id, next_row_id(account_id), id, false FROM publications, generate_series(1, 398)
    `);
    expect(await publish({ children: [IMAGE, VIDEO] })).toMatchObject({
      status: 429,
      body: {
        code: 'publishing_limit_reached',
        detail: expect.stringMatching(/400 media.*quota itself is not used up/),
      },
    });
    expect(await publish(IMAGE)).toMatchObject({ status: 201 });
    expect(await publish(IMAGE)).toMatchObject({ status: 429 });
  });
});

describe('a first comment', () => {
  const WITH_COMMENT = { ...IMAGE, first_comment: 'More in our bio' };
  const comments = () => simulator.world.comments(published()[0] ?? '').map(({ text }) => text);
  const commentEdge = { edge: 'media.comment' } as const;
  const settleComment = async (id: number) => {
    for (let turns = 0; turns < 20; turns += 1) {
      const { first_comment } = await get(id);
      if (first_comment?.status !== 'pending') break;
      await letTimePass();
      await deliver(publishWorker, [{ account_id: account.id, publication_id: id }]);
    }
    return (await get(id)).first_comment;
  };

  test('a first comment is written right after publishing, and stored', async () => {
    const { status, body } = await publish(WITH_COMMENT);
    expect({ status, comment: body.first_comment }).toEqual({
      status: 201,
      comment: { text: 'More in our bio', status: 'published', comment_id: expect.any(Number), error: null },
    });
    expect(comments()).toEqual(['More in our bio']);
  });

  test('a first comment whose answer is lost is written once', async () => {
    simulator.scenarios.add({ kind: 'reset', on: commentEdge, placement: 'after', times: 1 });
    const { body } = await publish(WITH_COMMENT);
    expect(await settleComment(body.id)).toMatchObject({ status: 'published' });
    expect(comments()).toEqual(['More in our bio']);
  });

  test('a first comment that is refused leaves the publication as it is', async () => {
    simulator.scenarios.add({ kind: 'error', code: 100, on: commentEdge });
    const { status, body } = await publish(WITH_COMMENT);
    expect({ status, publication: body.status }).toEqual({ status: 201, publication: 'published' });
    expect(await settleComment(body.id)).toMatchObject({ status: 'failed', error: { code: 'instagram_rejected' } });
    expect(comments()).toEqual([]);
  });

  test.each([
    ['before', 2],
    ['after', 1],
  ] as const)(
    'a first comment that is throttled %s it is written is written once, in %i sends',
    async (placement, sends) => {
      simulator.scenarios.add({ kind: 'throttle', on: commentEdge, placement, times: 1 });
      const { status, body } = await publish(WITH_COMMENT);
      expect({ status, comment: body.first_comment?.status, error: body.error }).toEqual({
        status: 201,
        comment: 'pending',
        error: null,
      });
      expect(await settleComment(body.id)).toMatchObject({ status: 'published', error: null });
      expect(comments()).toEqual(['More in our bio']);
      expect(calls('media.comment')).toBe(sends);
    },
  );
});

describe('publications', () => {
  test('publications are listed newest first, page by page', async () => {
    const ids: number[] = [];
    for (let made = 0; made < 3; made += 1)
      ids.unshift((await publish({ ...IMAGE, scheduled_at: inHours(1) })).body.id);
    const first = await invoke(listPublications, '/publications?limit=2');
    const second = await invoke(listPublications, first.body.next);
    expect([...first.body.results, ...second.body.results].map(({ id }) => id)).toEqual(ids);
    expect(second.body.next).toBeNull();
    expect((await invoke(listPublications, second.body.previous)).body.results.map(({ id }) => id)).toEqual(
      ids.slice(0, 2),
    );
    expect(await invoke(listPublications, '/publications?cursor=nonsense')).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor' },
    });
  });

  test.each(['0', '-1', '1.5', '100000000000000000000', "'; DROP", '4711'])(
    'no publication has the id %s',
    async (id) => {
      const path = `/publications/${encodeURIComponent(id)}`;
      const missing = { status: 404, body: { code: 'publication_not_found' } };
      expect(await invoke(getPublication, path)).toMatchObject(missing);
      expect(await invoke(cancelPublication, path)).toMatchObject(missing);
    },
  );

  test('a publication shows nobody the query of a link', async () => {
    const { body } = await publish({ image_url: `${IMAGE.image_url}?X-Amz-Signature=secret` }, later);
    expect(body.media).toMatchObject([{ url: IMAGE.image_url }]);
  });

  test('a published publication cannot be cancelled', async () => {
    const { body } = await publish(IMAGE);
    expect(await invoke(cancelPublication, `/publications/${body.id}`)).toMatchObject({
      status: 409,
      body: { code: 'publication_not_cancellable' },
    });
  });
});
