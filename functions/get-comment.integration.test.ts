import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';

const { pool, simulator } = await startService({ simulator: { media: 1 } });
const { handler: startSync } = await import('./start-sync.ts');
const { handler: createComment } = await import('./create-comment.ts');
const { handler: createReply } = await import('./create-reply.ts');
const { handler: deleteComment } = await import('./delete-comment.ts');
const { handler: getComment } = await import('./get-comment.ts');

test('GET /comments/{id} answers a comment, or a reply, as it was answered when it was written', async () => {
  await invoke(startSync, '/sync');
  const post = await pool.oneFirst(sql.unsafe`SELECT id FROM posts`);
  const written = await invoke(createComment, `/posts/${post}/comment`, { body: { text: 'Hello' } });
  const reply = await invoke(createReply, `/comments/${written.body.id}/replies`, { body: { text: 'Again' } });
  expect(written.body).toMatchObject({ text: 'Hello', parent_id: null, deleted_at: null });
  expect(await invoke(getComment, `/comments/${written.body.id}`)).toMatchObject({ status: 200, body: written.body });
  expect(await invoke(getComment, `/comments/${reply.body.id}`)).toMatchObject({ status: 200, body: reply.body });

  const calls = simulator.calls.count();
  await invoke(getComment, `/comments/${written.body.id}`);
  expect(simulator.calls.count()).toBe(calls);

  await invoke(deleteComment, `/comments/${written.body.id}`);
  expect(await invoke(getComment, `/comments/${written.body.id}`)).toMatchObject({
    status: 200,
    body: { ...written.body, deleted_at: expect.stringMatching(/Z$/) },
  });
});

test.each([['999999'], ['0'], ['x'], ['9007199254740992']])('no comment has the id %s', async (id) => {
  expect(await invoke(getComment, `/comments/${id}`)).toMatchObject({
    status: 404,
    body: { code: 'comment_not_found' },
  });
});
