/** A file that was uploaded before the service was killed is published by the next start, when its time has come. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { aJpeg } from '../lib/testing/media-files.ts';
import { createServiceProcesses } from './testing/start-service.ts';

const HOUR_MS = 3_600_000;

const { pool, simulator, start } = await createServiceProcesses({ media: 1 });

test('an upload outlives the service: its scheduled publication shows the very file', async () => {
  const file = aJpeg();
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(file)]), 'harbour.jpg');
  const first = await start();
  const uploaded = await fetch(`${first.address}/api/v1/image`, { method: 'POST', body: form });
  const { key: upload_key } = (await uploaded.json()) as { key: string };
  const scheduled_at = new Date(Date.now() + HOUR_MS).toISOString();
  const accepted = await fetch(`${first.address}/api/v1/publications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ upload_key, scheduled_at }),
  });
  const { id } = (await accepted.json()) as { id: number };
  await first.kill();
  await pool.query(sql.unsafe`
    CREATE OR REPLACE FUNCTION service_now() RETURNS timestamptz LANGUAGE sql VOLATILE
    RETURN clock_timestamp() + interval '1 hour'
  `);

  const second = await start();
  const read = async () => {
    const answer = await fetch(`${second.address}/api/v1/publications/${id}`);
    return (await answer.json()) as { status: string };
  };
  let publication = await read();
  while (!['published', 'failed', 'unknown', 'cancelled'].includes(publication.status)) publication = await read();

  expect(publication).toMatchObject({ status: 'published' });
  const { media } = (await (await fetch(`${simulator.url}/_simulator/media?limit=1`)).json()) as {
    media: { file_url: string }[];
  };
  const shown = await (await fetch(media[0]?.file_url ?? '')).arrayBuffer();
  expect(Buffer.from(shown).equals(file)).toBe(true);
  await second.kill();
}, 120_000);
