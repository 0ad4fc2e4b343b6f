/** Writes on one object at the same time, or cut off: what is stored is what Instagram shows. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { type Comments, commentEnv, createComments } from '../lib/comments/create-comments.ts';
import { parseEnv } from '../lib/config.ts';
import { metricsOfEvent } from '../lib/metrics.ts';
import { startCommentService } from '../lib/testing/comments.ts';
import { EVERYTHING } from '../lib/testing/everything.ts';
import { Crashed, createFragileProcess } from '../lib/testing/fragile-process.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { captureLogs } from '../lib/testing/logs.ts';
import { createOpenWrites } from '../lib/testing/open-writes.ts';

const service = await startCommentService();
const { pool, simulator, connectInstagram, takeMessages, deliver } = service;
const { givenComment, storedComment, storedSwitch, shownComment, shownSwitch, countOpen, passTime, presentTime } =
  createOpenWrites(service);
const { handler: updateComment } = await import('./update-comment.ts');
const { handler: deleteComment } = await import('./delete-comment.ts');
const { handler: updatePost } = await import('./update-post.ts');
const { handler: createReply } = await import('./create-reply.ts');
const { handler: listComments } = await import('./list-comments.ts');
const { handler: settleIntents } = await import('./settle-intents.consumer.ts');
const { handler: tick } = await import('./tick.ts');

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, intents, usage, open_writes CASCADE`);
});
afterEach(presentTime);
afterEach(() => void jest.restoreAllMocks());

/** An hour passes: the tick wakes what is due, and whoever is woken reads it back. */
const settle = async () => {
  await passTime();
  await tick();
  expect(await deliver(settleIntents, takeMessages('intents'))).toBe(0);
};

/** What can be set on Instagram to one of two values: `true` first, in these tests. */
const SWITCHES = {
  'hiding a comment': {
    edge: 'comment.hide',
    readEdge: 'comment',
    given: async () => {
      const { id, instagram_id } = await givenComment();
      return {
        set: (value: boolean) => invoke(updateComment, `/comments/${id}`, { body: { hidden: value } }),
        answered: (value: boolean) => ({ status: 200, body: { hidden: value } }),
        shown: async () => (await shownComment(instagram_id))?.hidden,
        stored: async () => (await storedComment(id)).hidden,
      };
    },
  },
  "switching a post's comments": {
    edge: 'media.toggle_comments',
    readEdge: 'media',
    given: async () => {
      const { post } = await givenComment();
      return {
        set: (value: boolean) => invoke(updatePost, `/posts/${post.id}`, { body: { comments_enabled: !value } }),
        answered: (value: boolean) => ({ status: 200, body: { comments_enabled: !value } }),
        shown: async () => !(await shownSwitch(post.instagram_id)),
        stored: async () => !(await storedSwitch(post.id)),
      };
    },
  },
} as const;

describe.each(Object.entries(SWITCHES))('%s', (_, { edge, readEdge, given }) => {
  test('a write without another leaves no open write, and calls Instagram once', async () => {
    const { set, answered, stored } = await given();
    expect(await set(true)).toMatchObject(answered(true));
    expect(await stored()).toBe(true);
    expect(await countOpen()).toBe(0);
    expect(simulator.calls.list()).toHaveLength(1);
  });

  test.each(['before', 'after'] as const)(
    'a write whose answer is late %s its effect, and that another one reverts, stores what Instagram shows',
    async (placement) => {
      const { set, answered, shown, stored } = await given();
      const late = simulator.scenarios.add({ kind: 'late', on: { edge }, placement, times: 1 });
      const arrived = simulator.calls.next({ edge });
      const first = set(true);
      await arrived;
      expect(await set(false)).toMatchObject(answered(false));
      late.remove();
      expect(await first).toMatchObject(answered(placement === 'before'));
      expect(await shown()).toBe(placement === 'before');
      expect(await stored()).toBe(placement === 'before');
      expect(await countOpen()).toBe(0);
    },
  );

  test('a write whose answer is lost, and that another one reverts, is not sent again', async () => {
    const { set, answered, shown, stored } = await given();
    const hanging = simulator.scenarios.add({ kind: 'hang', on: { edge }, placement: 'after', times: 1 });
    const arrived = simulator.calls.next({ edge });
    const first = set(true);
    await arrived;
    expect(await set(false)).toMatchObject(answered(false));
    hanging.remove();
    expect(await first).toMatchObject(answered(false));
    expect([await shown(), await stored()]).toEqual([false, false]);
    await settle();
    expect([await stored(), await countOpen()]).toEqual([false, 0]);
  });

  test('a write without an answer whose effect comes very late is read back', async () => {
    const { set, shown, stored } = await given();
    simulator.scenarios.add({ kind: 'reset', on: { edge } });
    expect(await set(true)).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
    expect(await stored()).toBe(false);
    simulator.scenarios.clear();
    await set(true);
    await set(false);
    await pool.query(sql.unsafe`UPDATE comments SET hidden = true`); // as if that effect had been seen
    await pool.query(sql.unsafe`UPDATE posts SET comments_enabled = false`);
    await settle();
    expect([await shown(), await stored(), await countOpen()]).toEqual([false, false, 0]);
  });

  test('a read-back that is overtaken by another write stores nothing', async () => {
    const { set, answered, shown, stored } = await given();
    const late = simulator.scenarios.add({ kind: 'late', on: { edge }, placement: 'after', times: 1 });
    const arrived = simulator.calls.next({ edge });
    const first = set(true);
    await arrived;
    await set(false);
    const lateRead = simulator.scenarios.add({ kind: 'late', on: { edge: readEdge }, placement: 'after', times: 1 });
    const readArrived = simulator.calls.next({ edge: readEdge });
    late.remove();
    await readArrived;
    expect(await set(true)).toMatchObject(answered(true));
    lateRead.remove();
    expect(await first).toMatchObject(answered(false)); // what it read was true then
    expect([await shown(), await stored(), await countOpen()]).toEqual([true, true, 0]);
  });

  test('beside a refused write the effect of a late one is stored', async () => {
    const { set, answered, shown, stored } = await given();
    const late = simulator.scenarios.add({ kind: 'late', on: { edge }, times: 1 });
    const arrived = simulator.calls.next({ edge });
    const first = set(true);
    await arrived;
    simulator.scenarios.add({ kind: 'missing_permission', on: { edge }, times: 1 });
    expect((await set(false)).status).toBe(502);
    late.remove();
    expect(await first).toMatchObject(answered(true));
    expect([await shown(), await stored(), await countOpen()]).toEqual([true, true, 0]);
  });
});

describe('a comment', () => {
  const hide = (id: number) => invoke(updateComment, `/comments/${id}`, { body: { hidden: true } });

  test.each(['before', 'after'] as const)(
    'a comment that is hidden late %s the effect, and deleted meanwhile, is gone',
    async (placement) => {
      const { id, instagram_id } = await givenComment();
      const late = simulator.scenarios.add({ kind: 'late', on: { edge: 'comment.hide' }, placement, times: 1 });
      const arrived = simulator.calls.next({ edge: 'comment.hide' });
      const hiding = hide(id);
      await arrived;
      expect(await invoke(deleteComment, `/comments/${id}`)).toMatchObject({ status: 204 });
      expect(await storedComment(id)).toMatchObject({ gone: true });
      late.remove();
      expect(await hiding).toMatchObject({ status: 410, body: { code: 'comment_gone' } });
      expect(shownComment(instagram_id)).toBeNull();
      expect(await storedComment(id)).toMatchObject({ gone: true });
      await settle();
      expect(await countOpen()).toBe(0);
    },
  );

  test('a comment that is deleted late, and hidden meanwhile, is gone', async () => {
    const { id, instagram_id } = await givenComment();
    const late = simulator.scenarios.add({ kind: 'late', on: { edge: 'comment.delete' }, times: 1 });
    const arrived = simulator.calls.next({ edge: 'comment.delete' });
    const deleting = invoke(deleteComment, `/comments/${id}`);
    await arrived;
    expect(await hide(id)).toMatchObject({ status: 200, body: { hidden: true } });
    late.remove();
    expect(await deleting).toMatchObject({ status: 204 });
    expect(shownComment(instagram_id)).toBeNull();
    expect(await storedComment(id)).toMatchObject({ gone: true });
    await settle();
    expect(await countOpen()).toBe(0);
  });

  test('a comment that is deleted while a reply is sent takes the reply with it', async () => {
    const { id, post } = await givenComment();
    const edge = 'comment.reply';
    const late = simulator.scenarios.add({ kind: 'late', on: { edge }, placement: 'after', times: 1 });
    const arrived = simulator.calls.next({ edge });
    const replying = invoke(createReply, `/comments/${id}/replies`, { body: { text: 'Welcome' } });
    await arrived;
    expect(await invoke(deleteComment, `/comments/${id}`)).toMatchObject({ status: 204 });
    late.remove();
    expect(await replying).toMatchObject({ status: 201 });
    expect(simulator.world.comments(post.instagram_id)).toEqual([]);
    expect((await invoke(listComments, `/posts/${post.id}/comments`)).body.results).toEqual([]);
  });
});

describe('a process that dies', () => {
  type Written = { id: number; post: { id: number } };
  const WRITES = {
    hide: (comments: Comments, { id }: Written) =>
      comments.update(EVERYTHING, id, { hidden: true }, performance.now() + 9_000),
    delete: (comments: Comments, { id }: Written) => comments.delete(EVERYTHING, id, performance.now() + 9_000),
    switch: (comments: Comments, { post }: Written) =>
      comments.switch(EVERYTHING, post.id, { comments_enabled: false }, performance.now() + 9_000),
  };
  const places = Array.from({ length: 10 }, (_, n) => n + 1).flatMap((at) =>
    (['before', 'after'] as const).map((when) => ({ at, when })),
  );

  test.each(Object.entries(WRITES))(
    'after a crash anywhere in a %s what Instagram shows is stored soon',
    async (_, write) => {
      let finished = 0;
      for (const crash of places) {
        const { id, instagram_id, post } = await givenComment();
        const process = createFragileProcess({ crash });
        const database = process.wrapDatabase(pool);
        const connect = async (accountId: number) => process.wrapConnected(await connectInstagram(accountId));
        const comments = createComments({ database, connectInstagram: connect }, parseEnv(commentEnv));
        await write(comments, { id, post }).then(
          () => {
            finished += 1;
          },
          (error: unknown) => {
            if (!(error instanceof Crashed)) throw error;
          },
        );
        await settle();
        await presentTime();
        const shown = shownComment(instagram_id);
        expect({ crash, ...(await storedComment(id)) }).toEqual({
          crash,
          hidden: shown?.hidden ?? false,
          gone: shown === null,
        });
        expect(await storedSwitch(post.id)).toBe(await shownSwitch(post.instagram_id));
        expect(await countOpen()).toBe(0);
      }
      expect(finished).toBeGreaterThan(0); // every place of the write was tried
    },
  );

  test('an object that cannot be read back after a crash is asked for again, and given up after a day', async () => {
    const written = await givenComment();
    const process = createFragileProcess({ crash: { at: 4, when: 'after' } });
    const connect = async (accountId: number) => process.wrapConnected(await connectInstagram(accountId));
    const access = { database: process.wrapDatabase(pool), connectInstagram: connect };
    const comments = createComments(access, parseEnv(commentEnv));
    await expect(WRITES.hide(comments, written)).rejects.toThrow(Crashed);
    simulator.scenarios.add({ kind: 'unavailable' });
    for (const open of [1, 1]) {
      await settle();
      expect(await countOpen()).toBe(open);
    }
    await passTime(25);
    await tick();
    const logged = captureLogs();
    await deliver(settleIntents, takeMessages('intents'));
    expect(await countOpen()).toBe(0);
    expect(logged()).toContainEqual(
      expect.objectContaining({ event: 'write_not_read_back', object: 'comment', object_id: written.id }),
    );
    expect(metricsOfEvent('write_not_read_back', 'Test')).toMatchObject({ UnreadWrites: 1 });
  });
});

test('a message about a settled or unknown object makes no call', async () => {
  const { id } = await givenComment();
  await invoke(updateComment, `/comments/${id}`, { body: { hidden: true } });
  simulator.calls.clear();
  const account_id = await pool.oneFirst(sql.type(z.strictObject({ id: z.int() }))`SELECT id FROM accounts`);
  expect(await deliver(settleIntents, [{ account_id, open_write_id: 999_999 }])).toBe(0);
  expect(simulator.calls.list()).toEqual([]);
});
