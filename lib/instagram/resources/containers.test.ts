import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, aClient, aGraphMedia, failureOf, graph, graphError, useNock } from '../../testing/instagram.ts';
import { toContainerError } from './containers.ts';

useNock();

const ID = '17800000000000001';

describe('a container', () => {
  test('a container is made with its parameters in the body, lists as JSON, and nothing else', async () => {
    graph()
      .post(`/${ACCOUNT_ID}/media`, {
        media_type: 'REELS',
        video_url: 'https://files.example.com/a.mp4?b=1&c=2',
        caption: 'Low tide #harbour & more',
        user_tags: '[{"username":"a.friend"}]',
        share_to_feed: 'false',
      })
      .reply(200, { id: ID });
    const made = aClient().containers.create(ACCOUNT_ID, {
      media_type: 'REELS',
      video_url: 'https://files.example.com/a.mp4?b=1&c=2',
      caption: 'Low tide #harbour & more',
      user_tags: [{ username: 'a.friend', x: undefined }],
      share_to_feed: false,
      location_id: undefined,
    });
    await expect(made).resolves.toBe(ID);
  });

  test('the container of an album names its parts', async () => {
    graph().post(`/${ACCOUNT_ID}/media`, { media_type: 'CAROUSEL', children: '["1","2"]' }).reply(200, { id: ID });
    await aClient().containers.create(ACCOUNT_ID, { media_type: 'CAROUSEL', children: ['1', '2'] });
  });

  test.each([
    [{ status_code: 'FINISHED' }, { status_code: 'FINISHED', status: null }],
    [
      { status_code: 'IN_PROGRESS', status: 'In Progress: …', id: ID },
      { status_code: 'IN_PROGRESS', status: 'In Progress: …' },
    ],
    [{ status_code: 'PONDERING' }, { status_code: null, status: 'PONDERING' }],
    [{ status: 'Finished: Media is ready.' }, { status_code: 'FINISHED', status: 'Finished: Media is ready.' }],
    [{ status: 'Published' }, { status_code: 'PUBLISHED', status: 'Published' }],
    [{ status: 'In Progress: …' }, { status_code: 'IN_PROGRESS', status: 'In Progress: …' }],
    [
      { status_code: '', status: 'Error: no' },
      { status_code: 'ERROR', status: 'Error: no' },
    ],
    [{ status: 'Error' }, { status_code: 'ERROR', status: 'Error' }],
    [{ status: 'Errors were found' }, { status_code: 'IN_PROGRESS', status: 'Errors were found' }],
    [{ status_code: null }, { status_code: 'IN_PROGRESS', status: null }],
    [{}, { status_code: 'IN_PROGRESS', status: null }],
  ])('the status of a container is read: %j', async (answer, state) => {
    graph().get(`/${ID}`).query({ fields: 'status_code,status' }).reply(200, answer);
    await expect(aClient().containers.get(ID)).resolves.toEqual(state);
  });
});

describe('the failure of a container', () => {
  const failed = (status: string | null) => toContainerError({ status_code: 'ERROR', status });

  test.each([
    ['Error: Media upload has failed with error code 2207026', 2207026, 'rejected', 'instagram_rejected'],
    ['Error: Media upload has failed with error code 2207052', 2207052, 'rejected', 'instagram_rejected'],
    ['Error: Media upload has failed with error code 2207003', 2207003, 'transient', 'instagram_error'],
    ['Error: Media upload has failed with error code 2207999', 2207999, 'rejected', 'instagram_rejected'],
    ['Something else', null, 'rejected', 'instagram_rejected'],
    [null, null, 'rejected', 'instagram_rejected'],
  ])('the error of a container whose status is: %s', (status, subcode, kind, problemCode) => {
    expect(failed(status)).toMatchObject({ subcode, kind, problemCode, writeEffect: 'none_final' });
  });

  test('the error of a container repeats no signed link', () => {
    graph()
      .get(`/${ID}`)
      .query(true)
      .reply(200, { status_code: 'ERROR', status: 'at https://b/?X-Amz-Signature=0123abcd' });
    return expect(aClient().containers.get(ID)).resolves.toMatchObject({
      status: 'at https://b/?X-Amz-Signature=[redacted]',
    });
  });
});

describe('publishing', () => {
  test('publishing gives the media’s id', async () => {
    graph().post(`/${ACCOUNT_ID}/media_publish`, { creation_id: ID }).reply(200, { id: '17900000000000001' });
    await expect(aClient().publishing.publish(ACCOUNT_ID, ID)).resolves.toBe('17900000000000001');
  });

  test('publishing is sent once, and its error says that it may have happened', async () => {
    graph().post(`/${ACCOUNT_ID}/media_publish`).reply(500, graphError(2));
    const failure = await failureOf(aClient().publishing.publish(ACCOUNT_ID, ID));
    expect(failure).toMatchObject({ writeEffect: 'maybe', problemCode: 'outcome_unknown' });
  });

  test.each([
    [
      { quota_usage: 3, config: { quota_total: 100, quota_duration: 86_400 } },
      { quota_usage: 3, quota_total: 100, quota_duration: 86_400 },
    ],
    [{ quota_usage: 0 }, { quota_usage: 0, quota_total: null, quota_duration: null }],
  ])('the publishing limit is read: %j', async (row, limit) => {
    graph()
      .get(`/${ACCOUNT_ID}/content_publishing_limit`)
      .query({ fields: 'quota_usage,config' })
      .reply(200, { data: [row] });
    await expect(aClient().publishing.getLimit(ACCOUNT_ID)).resolves.toEqual(limit);
  });

  test('stories have a listing of their own, read a page at a time', async () => {
    graph()
      .get(`/${ACCOUNT_ID}/stories`)
      .query(({ limit, after }) => limit === '50' && after === 'QVFI')
      .reply(200, { data: [aGraphMedia({ media_product_type: 'STORY' })] });
    const page = await aClient().publishing.readStories(ACCOUNT_ID, { limit: 50, after: 'QVFI', fields: ['caption'] });
    expect(page).toMatchObject({ items: [{ media_product_type: 'STORY' }], after: null });
  });
});
