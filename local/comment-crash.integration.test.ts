/** `kill -9` of the whole service at five moments of writing a comment, and the same request again after a new start. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { createServiceProcesses } from './testing/start-service.ts';

/** What the service was doing when it was killed; one post for each. */
const MOMENTS = ['not accepted', 'not performed', 'not answered', 'not recorded', 'not told'] as const;
type Moment = (typeof MOMENTS)[number];
/** A repeated request is answered within this time, with the service's usual settings. */
const ANSWERED_WITHIN_MS = 25_000;

const { pool, simulator, start } = await createServiceProcesses({
  media: MOMENTS.map((caption) => ({ caption, comments_count: 0 })),
});
type Service = Awaited<ReturnType<typeof start>>;

const post = ({ address }: Service, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${address}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
  });

const postSchema = z.strictObject({ id: z.int(), instagram_id: z.string(), caption: z.string() });
const countSchema = z.strictObject({ count: z.int() });
const until = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
};
const waitingFor = (table: string) =>
  pool
    .oneFirst(sql.type(countSchema)`SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = ${table}::regclass`)
    .then((count) => count > 0);

test('one comment on Instagram, one here, and the repeated request answers 201 in time', async () => {
  const first = await start();
  expect((await post(first, '/sync', {})).status).toBe(200);
  const posts = await pool.any(sql.type(postSchema)`SELECT id, instagram_id, caption FROM posts`);
  const postOf = (moment: Moment) => {
    const found = posts.find(({ caption }) => caption === moment);
    if (found === undefined) throw new TypeError(`no post for ${moment}`);
    return found;
  };
  const ask = (service: Service, moment: Moment) =>
    post(service, `/posts/${postOf(moment).id}/comment`, { text: 'Once' }, { 'idempotency-key': moment });
  /** Never answered: the service is killed meanwhile. */
  const askInVain = (moment: Moment) => void ask(first, moment).catch(() => undefined);
  const arrival = (moment: Moment) => simulator.calls.next({ path: `/${postOf(moment).instagram_id}/comments` });

  await ask(first, 'not told'); // the client did not get the answer, whatever it was
  for (const [moment, placement] of [
    ['not performed', 'before'],
    ['not answered', 'after'],
  ] as const) {
    const path = `/${postOf(moment).instagram_id}/comments`;
    simulator.scenarios.add({ kind: 'hang', on: { path, method: 'POST' }, placement });
    const arrived = arrival(moment);
    askInVain(moment);
    await arrived;
  }
  await pool.connect(async (locking) => {
    await locking.query(sql.unsafe`BEGIN`);
    await locking.query(sql.unsafe`LOCK TABLE comments IN ACCESS EXCLUSIVE MODE`);
    askInVain('not recorded');
    await until(() => waitingFor('comments'));
    await locking.query(sql.unsafe`LOCK TABLE intents IN ACCESS EXCLUSIVE MODE`);
    askInVain('not accepted');
    await until(() => waitingFor('intents'));
    await first.kill();
    await locking.query(sql.unsafe`ROLLBACK`);
  });
  simulator.scenarios.clear();

  const second = await start();
  const answers = await Promise.all(MOMENTS.map((moment) => ask(second, moment)));
  expect(answers.map(({ status }) => status)).toEqual(MOMENTS.map(() => 201));
  const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as {
    post_id: number;
    instagram_id: string;
  }[];
  await second.kill();

  for (const moment of MOMENTS) {
    const { id, instagram_id } = postOf(moment);
    const visible = simulator.world.comments(instagram_id).map((comment) => comment.id);
    const stored = await pool.anyFirst(
      sql.type(z.strictObject({ instagram_id: z.string() }))`SELECT instagram_id FROM comments WHERE post_id = ${id}`,
    );
    expect({ moment, visible, stored }).toEqual({ moment, visible: [expect.any(String)], stored: visible });
    expect(bodies.find(({ post_id }) => post_id === id)?.instagram_id).toBe(visible[0]);
  }
}, 120_000);
