/** A publication under every fault of Instagram: it is published once or not at all, and its status says which. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { skewClock } from '../lib/testing/clock.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { startPublicationService } from '../lib/testing/publications.ts';
import type { ScenarioInput } from '../local/simulator/scenarios/scenarios.ts';

const service = await startPublicationService();
const { pool, simulator, account, takeMessages, deliver, letTimePass, letPass, reset, published, calls, countIntents } =
  service;
const { handler: createPublication } = await import('./create-publication.ts');
const { handler: getPublication } = await import('./get-publication.ts');
const { handler: publishWorker } = await import('./publish.consumer.ts');

const IMAGE = { image_url: 'https://files.example.com/harbour.jpg?signature=abc', caption: 'Low tide' };
const async = { prefer: 'respond-async' };

beforeEach(reset);

const accept = async (body: object = IMAGE): Promise<number> => {
  const { status, body: accepted } = await invoke(createPublication, '/publications', { body, headers: async });
  expect(status).toBe(202);
  takeMessages('publications');
  return accepted.id;
};
const isThrottled = () =>
  pool.oneFirst(sql.type(z.strictObject({ throttled: z.boolean() }))`
    SELECT EXISTS (SELECT FROM usage WHERE throttled_until > service_now()) AS throttled
  `);
const countAttempts = () =>
  pool.oneFirst(sql.type(z.strictObject({ attempts: z.int() }))`SELECT attempts FROM publications`);
const countIntentsThatWait = () =>
  pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    SELECT count(*) FROM intents WHERE verify OR next_wake_at IS NOT NULL
  `);
const get = async (id: number) => (await invoke(getPublication, `/publications/${id}`)).body;
const wakeOnce = (id: number) => deliver(publishWorker, [{ account_id: account.id, publication_id: id }]);
/** Lets every pause pass at once and wakes it, until it has ended. */
const settle = async (id: number, { rounds = 30 } = {}) => {
  for (let round = 0; round < rounds; round += 1) {
    const { status } = await get(id);
    if (['published', 'failed', 'unknown', 'cancelled'].includes(status)) break;
    await letTimePass();
    await wakeOnce(id);
  }
  return await get(id);
};
const onPublish = { edge: 'user.media_publish' } as const;
const onContainer = { edge: 'container' } as const;

describe('the answer to media_publish is lost', () => {
  const losses: [string, ScenarioInput][] = [
    ['a connection that is reset', { kind: 'reset', on: onPublish, times: 1 }],
    ['an answer of 503', { kind: 'unavailable', on: onPublish, times: 1 }],
    ['HTML in place of JSON', { kind: 'html', on: onPublish, times: 1 }],
    ['an answer that is cut off', { kind: 'truncated', on: onPublish, times: 1 }],
    ['an unknown error', { kind: 'transient', code: 1, on: onPublish, times: 1 }],
    ['a refusal that does not say', { kind: 'error', code: 24, subcode: 2207008, on: onPublish, times: 1 }],
  ];

  test.each(losses)(
    'the answer to media_publish is lost (%s) after it was published: it is found, and not published again',
    async (_, loss) => {
      simulator.scenarios.add({ ...loss, placement: 'after' });
      const publication = await settle(await accept());
      expect(published()).toHaveLength(1);
      expect(publication).toMatchObject({ status: 'published', media_id: published()[0], error: null });
      expect(calls('user.media_publish')).toBe(1);
    },
  );

  test.each(losses.filter(([, { kind }]) => kind !== 'truncated'))(
    'the answer to media_publish is lost (%s) before it was published: the second send publishes it',
    async (_, loss) => {
      simulator.scenarios.add(loss);
      const publication = await settle(await accept());
      expect(published()).toHaveLength(1);
      expect(publication).toMatchObject({ status: 'published', media_id: published()[0] });
      expect(calls('user.media_publish')).toBe(2);
      expect(calls('user.media.create')).toBe(1); // by the same container
      expect(await countIntentsThatWait()).toBe(0); // for nobody: a media is never taken back
    },
  );

  test('the answer to media_publish is lost before it was published, and our clock is an hour behind: it is sent again all the same', async () => {
    skewClock(-3_600_000);
    simulator.scenarios.add({ kind: 'reset', on: onPublish, times: 1 });
    expect(await settle(await accept())).toMatchObject({ status: 'published', media_id: published()[0] });
    expect(calls('user.media_publish')).toBe(2);
  });

  test('the answer to media_publish is lost twice, and nothing was published: the publication has failed, and says so', async () => {
    simulator.scenarios.add({ kind: 'unavailable', on: onPublish });
    const publication = await settle(await accept());
    expect(published()).toEqual([]);
    expect(publication).toMatchObject({ status: 'failed', error: { code: 'instagram_error' } });
    expect(publication.error?.detail).toContain('It was not published');
    expect(calls('user.media_publish')).toBe(2);
  });

  test('the answer to media_publish is lost, and Instagram limits our calls as it is looked for: the account is quiet from then on', async () => {
    simulator.scenarios.add({ kind: 'reset', on: onPublish, placement: 'after', times: 1 });
    simulator.scenarios.add({ kind: 'outage', on: onContainer, after: 1 });
    simulator.scenarios.add({ kind: 'throttle', code: 80_002, minutes: 7, on: { edge: 'user.media' } });
    const id = await accept();
    for (let turns = 0; calls('user.media') === 0; turns += 1) {
      expect(turns).toBeLessThan(30);
      await letTimePass();
      await wakeOnce(id);
    }
    expect(await isThrottled()).toBe(true);
  });

  test('Instagram limits our calls at the last try to read the new post: the account is quiet from then on', async () => {
    const trouble = simulator.scenarios.add({ kind: 'unavailable', on: { edge: 'media' } });
    const id = await accept();
    const wake = async () => {
      await letTimePass();
      await wakeOnce(id);
    };
    for (let turns = 0; (await countAttempts()) < 3; turns += 1) {
      expect(turns).toBeLessThan(30);
      await wake();
    }
    trouble.remove();
    simulator.scenarios.add({ kind: 'throttle', code: 80_002, minutes: 7, on: { edge: 'media' } });
    await wake();
    expect(await isThrottled()).toBe(true);
    expect(await get(id)).toMatchObject({ status: 'published' });
  });

  test('the answer to media_publish is lost and the container cannot be read: the listing tells what happened', async () => {
    simulator.scenarios.add({ kind: 'reset', on: onPublish, placement: 'after', times: 1 });
    simulator.scenarios.add({ kind: 'outage', on: onContainer, after: 1 });
    const publication = await settle(await accept());
    expect(publication).toMatchObject({ status: 'published', media_id: published()[0] });
    expect(calls('user.media_publish')).toBe(1);
  });

  test('the answer to media_publish is lost, and neither container nor listing can tell: nobody sends it again', async () => {
    simulator.scenarios.add({ kind: 'reset', on: onPublish, times: 1 });
    simulator.scenarios.add({ kind: 'outage', on: onContainer, after: 1 });
    const publication = await settle(await accept());
    expect(publication).toMatchObject({ status: 'unknown', error: { code: 'outcome_unknown' } });
    expect(calls('user.media_publish')).toBe(1);
    expect(await countIntents('abandoned')).toBe(1);
  });

  test.each([
    ['cursors that go round', 2],
    ['the same rows behind new cursors', 0],
  ])(
    'the answer to media_publish is lost, and the listing that is to tell has no end (%s): nobody sends it again',
    async (_, cursors) => {
      simulator.scenarios.add({ kind: 'reset', on: onPublish, times: 1 });
      simulator.scenarios.add({ kind: 'outage', on: onContainer, after: 1 });
      simulator.scenarios.add({ kind: 'endless_list', cursors, on: { edge: 'user.media' } });
      const publication = await settle(await accept());
      expect(publication).toMatchObject({ status: 'unknown', error: { code: 'outcome_unknown' } });
      expect(calls('user.media_publish')).toBe(1);
      expect(calls('user.media')).toBeLessThanOrEqual(12 * 10); // pages of all its read-backs together
    },
  );

  test('the answer to media_publish is lost, and the container has expired since: no other container is sent', async () => {
    simulator.scenarios.add({ kind: 'reset', on: onPublish, times: 1 });
    const outage = simulator.scenarios.add({ kind: 'outage', on: onContainer, after: 1 });
    const id = await accept();
    for (let turns = 0; turns < 3; turns += 1) {
      await letTimePass();
      await wakeOnce(id);
    }
    expect(await get(id)).toMatchObject({ status: 'publishing' });
    outage.remove();
    await letTimePass(24);
    const publication = await settle(id);
    expect(publication).toMatchObject({ status: 'unknown', error: { code: 'outcome_unknown' } });
    expect(calls('user.media_publish')).toBe(1);
    expect(calls('user.media.create')).toBe(1);
  }, 30_000);

  test('the answer to media_publish is lost, and two media look like it: it is published, but as which of them is not said', async () => {
    simulator.scenarios.add({ kind: 'reset', on: onPublish, placement: 'after', times: 1 });
    const id = await accept();
    await letTimePass();
    simulator.world.addMedia([{ media_type: 'IMAGE', caption: 'Low tide' }]);
    const publication = await settle(id);
    expect(publication).toMatchObject({ status: 'published', media_id: null, post_id: null, error: null });
    expect(calls('user.media_publish')).toBe(1);
  });

  test('the answer to media_publish is lost for two publications that look the same, and no container can be read: neither gets the media of the other', async () => {
    const [first, second] = [await accept(), await accept()];
    const wakeBoth = async () => {
      await letTimePass();
      for (const id of [first, second]) await wakeOnce(id);
    };
    await wakeBoth();
    simulator.scenarios.add({ kind: 'reset', on: onPublish, times: 1 });
    simulator.scenarios.add({ kind: 'reset', on: onPublish, after: 1, times: 1, placement: 'after' });
    const outages = [first, second].map(async (id) => {
      const { container_id } = await get(id);
      const on = { path: `/${container_id}` };
      return simulator.scenarios.add({ kind: 'outage', on, after: 1 });
    });
    for (let turns = 0; turns < 4; turns += 1) await wakeBoth();
    expect(published()).toHaveLength(1);
    expect([(await get(first)).status, (await get(second)).status]).toEqual(['publishing', 'publishing']);

    for (const outage of await Promise.all(outages)) outage.remove();
    for (const id of [first, second]) {
      const { status, media_id, container_id } = await settle(id);
      const { published: actual } = simulator.world.containers.get(container_id ?? '');
      expect({ status, media_id }).toEqual({ status: 'published', media_id: actual?.mediaId });
    }
    expect(published()).toHaveLength(2);
  });

  test('a container that was published by an earlier attempt is not published again', async () => {
    const id = await accept();
    await letTimePass();
    await wakeOnce(id);
    const { container_id } = await get(id);
    const medium = simulator.world.addMedia([{ media_type: 'IMAGE', caption: 'Low tide' }])[0];
    simulator.world.containers.edit(container_id ?? '', { published: { mediaId: medium?.id ?? '', at: Date.now() } });
    const publication = await settle(id);
    expect(publication).toMatchObject({ status: 'published', media_id: medium?.id });
    expect(published()).toHaveLength(1);
  });
});

describe('a container', () => {
  const fate = (params: object): void => {
    simulator.scenarios.add({ kind: 'container', ...params });
  };

  test('a container that fails because of its file ends the publication with Instagram’s code', async () => {
    fate({ status_code: 'ERROR', subcode: 2207026 });
    const publication = await settle(await accept());
    expect(publication).toMatchObject({
      status: 'failed',
      error: { code: 'instagram_rejected', status: 422, instagram: { error_subcode: 2207026 } },
      media: [{ status: 'failed', error: { instagram: { error_subcode: 2207026 } } }],
    });
    expect(calls('user.media.create')).toBe(1);
    expect(published()).toEqual([]);
  });

  test('a container whose file could not be fetched is made once more; the failure names the link without its query', async () => {
    fate({ status_code: 'ERROR', subcode: 2207052 });
    const publication = await settle(await accept());
    expect(publication).toMatchObject({ status: 'failed', error: { code: 'instagram_rejected' } });
    expect(publication.error?.detail).toMatch(/https:\/\/files\.example\.com\/harbour\.jpg$/);
    expect(JSON.stringify(publication)).not.toContain('signature');
    expect(calls('user.media.create')).toBe(2);
  });

  test('a container that is refused for the moment is made once more', async () => {
    simulator.scenarios.add({
      kind: 'error',
      code: 9004,
      subcode: 2207052,
      on: { edge: 'user.media.create' },
      times: 1,
    });
    expect(await settle(await accept())).toMatchObject({ status: 'published' });
    expect(calls('user.media.create')).toBe(2);
  });

  const onCreate = { edge: 'user.media.create' } as const;
  const answers = (body: object) => ({ kind: 'unavailable', status: 200, body: JSON.stringify(body) }) as const;

  test.each<[number, number | undefined]>([
    [110, 2207018],
    [110, undefined],
    [100, 2207085],
    [100, 2207999],
    [36007, undefined],
    [36007, 2207999],
    [1363047, undefined],
    [9005, undefined],
    [20, 1772107],
    [24, 2207008],
    [506, undefined],
    [987654, undefined],
  ])(
    'a container that is refused (%s/%s) ends the publication at once, with Meta’s words for its owner',
    async (code, subcode) => {
      const error_user_msg = 'Choose another picture.';
      simulator.scenarios.add({ kind: 'error', code, subcode, error_user_msg, on: onCreate });
      expect(await invoke(createPublication, '/publications', { body: IMAGE })).toMatchObject({
        status: 422,
        body: { code: 'instagram_rejected', detail: expect.stringContaining(error_user_msg), instagram: { code } },
      });
      expect(calls('user.media.create')).toBe(1);
      expect(await countIntents('refused')).toBe(1);
    },
  );

  test.each<[string, ScenarioInput]>([
    ['an answer that is empty', answers({})],
    ['an answer whose id is null', answers({ id: null })],
    ['an answer that is a list', answers([])],
    ['a redirect', { kind: 'redirect' }],
    ['an unknown error', { kind: 'transient', code: 1 }],
    ['a connection that is reset', { kind: 'reset' }],
  ])(
    'a container whose creation brings %s is made anew, and its publication is never in doubt',
    async (_, scenario) => {
      const trouble = simulator.scenarios.add({ ...scenario, on: onCreate });
      const id = await accept();
      await wakeOnce(id);
      expect(await get(id)).toMatchObject({
        status: 'processing',
        error: { code: expect.stringMatching(/^instagram_/) },
      });
      trouble.remove();
      expect(await settle(id)).toMatchObject({ status: 'published', media_id: published()[0], error: null });
      expect(calls('user.media.create')).toBe(2);
    },
  );

  test.each<[string, object]>([
    ['in progress', { status: 'In Progress: Media is still being processed.' }],
    ['nothing', {}],
    ['nothing but an id', { id: '1', status_code: null, status: null }],
    ['nonsense', { status_code: 7, status: ['x'] }],
    ['no object', []],
  ])('a container whose status comes without a code, as %s, is read again', async (_, state) => {
    const odd = simulator.scenarios.add({ ...answers(state), on: onContainer });
    const id = await accept();
    for (let turns = 0; turns < 3; turns += 1) {
      await letTimePass();
      await wakeOnce(id);
    }
    expect(await get(id)).toMatchObject({ status: 'processing', error: null });
    odd.remove();
    expect(await settle(id)).toMatchObject({ status: 'published' });
    expect(calls('user.media.create')).toBe(1);
  });

  test('a container whose status comes without a code, as an error, ends the publication with that text', async () => {
    const status = 'Error: Media upload has failed with error code 2207026';
    simulator.scenarios.add({ ...answers({ status }), on: onContainer });
    expect(await settle(await accept())).toMatchObject({
      status: 'failed',
      error: { code: 'instagram_rejected', instagram: { error_subcode: 2207026, message: status } },
    });
  });

  test('a container that never finishes is given up after an hour', async () => {
    fate({ stuck: true });
    const id = await accept();
    for (let looks = 0; looks < 3; looks += 1) {
      await letTimePass();
      await wakeOnce(id);
    }
    expect(await get(id)).toMatchObject({ status: 'processing', media: [{ status: 'processing' }] });
    await letTimePass(1);
    const publication = await settle(id);
    expect(publication).toMatchObject({ status: 'failed', error: { code: 'instagram_timeout' } });
    expect(publication.error?.detail).toContain('within an hour');
    expect(published()).toEqual([]);
  });

  test('the status of a container is read ever more rarely, by delayed wake-ups', async () => {
    fate({ stuck: true });
    const id = await accept();
    const delays: number[] = [];
    for (let looks = 0; looks < 9; looks += 1) {
      await letTimePass();
      await wakeOnce(id);
      delays.push(...service.sent.map(({ delaySeconds }) => delaySeconds));
      takeMessages('publications');
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  test('a container with an unknown status ends the publication', async () => {
    fate({ status_code: 'PONDERING' });
    expect(await settle(await accept())).toMatchObject({ status: 'failed', error: { code: 'instagram_rejected' } });
    expect(published()).toEqual([]);
  });

  test('a container that has expired before it was sent is made anew', async () => {
    const id = await accept();
    await letTimePass();
    await wakeOnce(id);
    await letTimePass(24);
    await pool.query(sql.unsafe`UPDATE publications SET due_at = service_now()`);
    expect(await settle(id)).toMatchObject({ status: 'published' });
    expect(calls('user.media.create')).toBe(2);
    expect(published()).toHaveLength(1);
  });

  test('a container that Instagram refuses for good is replaced once it is known to be unpublished', async () => {
    simulator.scenarios.add({ kind: 'error', code: 24, subcode: 2207006, on: onPublish, times: 1 });
    expect(await settle(await accept())).toMatchObject({ status: 'published' });
    expect({ containers: calls('user.media.create'), media: published().length }).toEqual({ containers: 2, media: 1 });
  });

  test('a container that cannot be read for a while is published all the same: one that is not ready would be refused', async () => {
    simulator.scenarios.add({ kind: 'outage', on: onContainer });
    const id = await accept();
    await letTimePass();
    await wakeOnce(id);
    await letPass(61_000);
    expect(await settle(id)).toMatchObject({ status: 'published', media_id: published()[0] });
  });
});

describe('a carousel', () => {
  const CAROUSEL = {
    caption: 'Both',
    children: [
      { image_url: 'https://files.example.com/one.jpg' },
      { image_url: 'https://files.example.com/two.jpg?token=1' },
      { image_url: 'https://files.example.com/three.jpg' },
    ],
  };

  test('a carousel waits for every part', async () => {
    const slow = simulator.scenarios.add({ kind: 'container', stuck: true, after: 1, times: 1 });
    const id = await accept(CAROUSEL);
    for (let turns = 0; turns < 3; turns += 1) {
      await letTimePass();
      await wakeOnce(id);
    }
    const publication = await get(id);
    expect(publication.media.map(({ status }) => status)).toEqual(['ready', 'processing', 'ready']);
    expect(publication).toMatchObject({ status: 'processing', container_id: null });
    slow.remove();
    const part = publication.media[1]?.container_id ?? '';
    simulator.world.containers.edit(part, { readyAt: 0 });
    expect(await settle(id)).toMatchObject({ status: 'published', media_id: published()[0] });
    expect(calls('user.media.create')).toBe(4);
  });

  test('a carousel with a failed part is not published, and names the part', async () => {
    simulator.scenarios.add({ kind: 'container', status_code: 'ERROR', subcode: 2207052, after: 1, times: 1 });
    simulator.scenarios.add({ kind: 'container', status_code: 'ERROR', subcode: 2207052, after: 3 });
    const publication = await settle(await accept(CAROUSEL));
    expect(publication).toMatchObject({ status: 'failed', error: { code: 'instagram_rejected' } });
    expect(publication.error?.detail).toMatch(/^Part 2 \(children\.1\): .*: https:\/\/files\.example\.com\/two\.jpg$/);
    expect(publication.media.map(({ status }) => status)).toEqual(['ready', 'failed', 'ready']);
    expect(publication.container_id).toBeNull();
    expect(published()).toEqual([]);
  });
});

describe('an account', () => {
  test('an account that is taken for a spammer although its media was published has a published media', async () => {
    simulator.scenarios.add({ kind: 'blocked', code: 4, on: onPublish, placement: 'after', times: 1 });
    expect(await settle(await accept())).toMatchObject({ status: 'published', media_id: published()[0] });
    expect(calls('user.media_publish')).toBe(1);
  });

  test('an account that is taken for a spammer, its media unpublished, makes no other try', async () => {
    simulator.scenarios.add({ kind: 'blocked', code: 4, on: onPublish });
    const publication = await settle(await accept());
    expect(publication).toMatchObject({
      status: 'failed',
      error: { code: 'instagram_rejected', instagram: { code: 4, error_subcode: 2207051 } },
    });
    expect(calls('user.media_publish')).toBe(1);
  });

  test('a blocked account is told so; the next request makes no call', async () => {
    simulator.scenarios.add({ kind: 'blocked', code: 368, on: onPublish });
    const first = await invoke(createPublication, '/publications', { body: IMAGE });
    expect(first).toMatchObject({ status: 422, body: { code: 'instagram_rejected', instagram: { code: 368 } } });
    expect(Number(first.headers['retry-after'])).toBeGreaterThan(800);
    simulator.calls.clear();
    const second = await invoke(createPublication, '/publications', { body: IMAGE });
    expect(second).toMatchObject({ status: 503, body: { code: 'writes_blocked' } });
    expect(simulator.calls.list()).toEqual([]);
  });

  test.each([
    ['before', 2],
    ['after', 1],
  ] as const)(
    'an account that is throttled %s publishing waits without a call, and says what for',
    async (placement, sends) => {
      simulator.scenarios.add({ kind: 'throttle', minutes: 7, on: onPublish, placement, times: 1 });
      const id = await accept();
      for (let turns = 0; turns < 2; turns += 1) {
        await letTimePass();
        await wakeOnce(id);
      }
      expect(await get(id)).toMatchObject({ status: 'publishing', error: { code: 'instagram_rate_limited' } });
      expect(simulator.calls.list().at(-1)).toMatchObject({ edge: 'user.media_publish' });
      expect(await settle(id)).toMatchObject({ status: 'published', error: null });
      expect(published()).toHaveLength(1);
      expect(calls('user.media_publish')).toBe(sends);
    },
  );

  test('with a dead token a person’s request fails at once, and may be made again under its key', async () => {
    const dead = simulator.scenarios.add({ kind: 'expired_token' });
    const ask = () =>
      invoke(createPublication, '/publications', { body: IMAGE, headers: { 'idempotency-key': 'harbour' } });
    const first = await ask();
    expect(first).toMatchObject({ status: 502, body: { code: 'instagram_token_invalid' } });
    const { publication_id } = first.body as unknown as { publication_id: number };
    expect(await get(publication_id)).toMatchObject({ status: 'failed' });
    dead.remove();
    const second = await ask();
    expect(second).toMatchObject({ status: 201, body: { status: 'published' } });
    expect(second.headers['idempotent-replayed']).toBeUndefined();
    expect(second.body.id).not.toBe(publication_id);
    expect(published()).toHaveLength(1);
  });

  test('an account without the permission to publish is told so', async () => {
    simulator.scenarios.add({ kind: 'missing_permission', on: { edge: 'user.media.create' } });
    const answer = await invoke(createPublication, '/publications', { body: IMAGE });
    expect(answer).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
  });
});

describe('faults of the moment while it is prepared', () => {
  test.each<[string, ScenarioInput]>([
    ['while its container is made', { kind: 'transient', on: { edge: 'user.media.create' }, times: 2 }],
    [
      'whose container was made all the same',
      { kind: 'reset', on: { edge: 'user.media.create' }, placement: 'after', times: 2 },
    ],
    ['while its container is looked at', { kind: 'unavailable', on: onContainer, times: 6 }],
  ])(
    'a fault that passes while a publication is prepared costs time only: %s',
    async (_, scenario) => {
      simulator.scenarios.add(scenario);
      expect(await settle(await accept())).toMatchObject({ status: 'published', media_id: published()[0] });
      expect(published()).toHaveLength(1);
    },
    30_000,
  );

  test('a publication fails after five turns without progress', async () => {
    simulator.scenarios.add({ kind: 'transient', on: { edge: 'user.media.create' } });
    const publication = await settle(await accept());
    expect(publication).toMatchObject({
      status: 'failed',
      error: { code: 'instagram_error' },
    });
    expect(calls('user.media.create')).toBe(5);
  }, 30_000);
});

test('a publication that is woken twice at once is published once', async () => {
  simulator.setLatency(10);
  const id = await accept();
  for (let turns = 0; turns < 4; turns += 1) {
    await letTimePass();
    await Promise.all([wakeOnce(id), wakeOnce(id), wakeOnce(id)]);
  }
  expect(await get(id)).toMatchObject({ status: 'published' });
  expect({ media: published().length, sends: calls('user.media_publish') }).toEqual({ media: 1, sends: 1 });
});
