import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { z } from 'zod';
import { everyWordOf, failureOf, GRAPH_URL, graph, TOKEN, useNock } from '../testing/instagram.ts';
import type { GraphCall } from './graph.ts';
import { createTransport, type TransportOptions } from './transport.ts';

useNock();

const transport = (options: Partial<TransportOptions> = {}) =>
  createTransport({ login: 'instagram', graphUrl: GRAPH_URL, version: 'v25.0', token: TOKEN, ...options });
const idSchema = z.looseObject({ id: z.string() });
const READ: GraphCall<{ id: string }> = { path: ['17900000000000001'], params: { fields: 'id' }, schema: idSchema };
const WRITE: GraphCall<{ id: string }> = {
  method: 'POST',
  path: ['17900000000000001', 'comments'],
  body: { message: 'well & good = 100 % 👍' },
  schema: idSchema,
};
const readPath = '/17900000000000001?fields=id';
const writePath = '/17900000000000001/comments';

describe('the request of a call', () => {
  test('the token travels in a header, and nothing is added to the address', async () => {
    graph().matchHeader('authorization', `Bearer ${TOKEN}`).get(readPath).reply(200, { id: '1' }); // no other query
    await expect(transport()(READ)).resolves.toEqual({ id: '1' });
  });

  test('a token can be asked for before each attempt', async () => {
    graph().matchHeader('authorization', 'Bearer fresh').get(readPath).reply(200, { id: '1' });
    await transport({ token: async () => 'fresh' })(READ);
  });

  test('a write is sent as a form, with its text only in the body', async () => {
    graph().post(writePath, { message: 'well & good = 100 % 👍' }).reply(200, { id: '2' });
    await expect(transport()(WRITE)).resolves.toEqual({ id: '2' });
  });

  test('lists are sent as JSON, and null or undefined is not sent', async () => {
    const body = { children: ['1', '2'], share_to_feed: false, caption: undefined, location_id: null };
    graph().post('/1/media', { children: '["1","2"]', share_to_feed: 'false' }).reply(200, { id: '3' });
    await transport()({ method: 'POST', path: ['1', 'media'], body, schema: idSchema });
  });

  test('a deletion has no body', async () => {
    graph().delete('/178').reply(200, { success: true });
    const schema = z.looseObject({ success: z.literal(true) });
    await expect(transport()({ method: 'DELETE', path: ['178'], schema })).resolves.toEqual({ success: true });
  });

  test('calls of Facebook Login are signed when there is a secret, those of Instagram Login are not', async () => {
    const proof = createHmac('sha256', 'app-secret').update(TOKEN).digest('hex');
    graph().get('/17900000000000001').query({ fields: 'id', appsecret_proof: proof }).reply(200, { id: '1' });
    await transport({ login: 'facebook', appSecret: 'app-secret' })(READ);
    graph().get(readPath).reply(200, { id: '1' });
    await transport({ appSecret: 'app-secret' })(READ);
  });

  test("Meta's exchange and refresh calls carry their credentials in the query, and no header", async () => {
    nock(GRAPH_URL, { badheaders: ['authorization'] })
      .get('/refresh_access_token')
      .query({ grant_type: 'ig_refresh_token', access_token: TOKEN })
      .reply(200, { id: '1' });
    await transport()({
      path: ['refresh_access_token'],
      params: { grant_type: 'ig_refresh_token' },
      secretParams: (token) => ({ access_token: token }),
      versioned: false,
      schema: idSchema,
    });
  });

  test.each(['..', '.', '', 'a/b', '1?access_token=x', '1#x', ' ', '%2e%2e'])(
    'an id that would lead to another path is refused: %p',
    async (id) => {
      await expect(transport()({ path: [id], schema: idSchema })).rejects.toThrow(TypeError);
    },
  );

  test('a token that no header can have is refused, and the error does not repeat it', async () => {
    const error = await failureOf(transport({ token: `${TOKEN}\nx` })(WRITE));
    expect(error).toMatchObject({ kind: 'token', failure: 'bad_token', writeEffect: 'none_retryable' });
    expect(everyWordOf(error)).not.toContain(TOKEN);
  });

  test('an error of the token function is thrown unchanged', async () => {
    const down = new Error('key service away');
    await expect(transport({ token: () => Promise.reject(down) })(WRITE)).rejects.toBe(down);
  });
});
