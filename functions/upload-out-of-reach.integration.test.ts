/** On a developer's machine, with the real Instagram: it cannot fetch from localhost, and that is said before anything is sent. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { invoke } from '../lib/testing/invoke.ts';
import { aJpeg } from '../lib/testing/media-files.ts';
import { BUCKET, startObjectStore } from '../lib/testing/object-store.ts';
import { startPublicationService } from '../lib/testing/publications.ts';

const { endpoint } = await startObjectStore();
const { pool, simulator } = await startPublicationService({ AWS_ENDPOINT_URL_S3: endpoint, UPLOAD_BUCKET: BUCKET });
// biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
Object.assign(process.env, {
  INSTAGRAM_GRAPH_URL: 'https://graph.instagram.com',
  FACEBOOK_GRAPH_URL: 'https://graph.facebook.com',
});
const { handler: uploadImage } = await import('./upload-image.ts');
const { handler: createPublication } = await import('./create-publication.ts');

const upload = async (): Promise<string> => {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(aJpeg())]), 'harbour.jpg');
  const request = new Request('http://form.test', { method: 'POST', body: form });
  const { status, body } = await invoke(uploadImage, '/image', {
    body: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  });
  expect(status).toBe(201);
  return body.key;
};

test.each([
  ['at once', {}],
  ['later', { scheduled_at: new Date(Date.now() + 3_600_000).toISOString() }],
  ['as a part of a carousel', { children: true }],
])(
  'an upload that the real Instagram could not fetch is not published %s, and the words say what to do',
  async (_, how) => {
    const upload_key = await upload();
    const calls = simulator.calls.count();
    const body = 'children' in how ? { children: [{ upload_key }, { upload_key }] } : { upload_key, ...how };

    const answer = await invoke(createPublication, '/publications', { body });

    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: 'validation_failed',
        detail: expect.stringMatching(
          /Instagram cannot fetch uploads from 127\.0\.0\.1: set PUBLIC_BASE_URL .*, or UPLOAD_BUCKET/,
        ),
        errors: [{ path: expect.stringMatching(/upload_key$/) }],
      },
    });
    expect(await pool.anyFirst(sql.unsafe`SELECT id FROM publications`)).toEqual([]);
    expect(simulator.calls.count()).toBe(calls);
  },
);
