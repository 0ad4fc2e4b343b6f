import { answerConnection } from '../connection.ts';
import { defineEdge } from '../define-edge.ts';
import { GraphError, invalidParameter, publishingLimitReached, unknownField } from '../errors.ts';
import { toGraphJson } from '../json.ts';
import { mediaNode } from '../nodes/media.ts';
import { PUBLISHING_PERMISSIONS } from './containers.ts';

const DAY_SECONDS = 86_400;

const unknownContainer = (subcode: 2207006 | 2207008) =>
  new GraphError({
    message: subcode === 2207006 ? 'The requested resource does not exist' : 'Media ID is not available',
    code: 24,
    subcode,
    error_user_title: 'Media not found',
    error_user_msg: 'The media you are trying to publish could not be found. It may have expired.',
  });
const notReady = () =>
  new GraphError({
    message: 'Media ID is not available',
    code: 9007,
    subcode: 2207027,
    error_user_title: 'Media not ready',
    error_user_msg: 'The media is not ready for publishing, please wait for a moment',
  });

/** `POST /{ig-user-id}/media_publish` with `creation_id`: each container once. */
export const publishContainer = defineEdge({
  name: 'user.media_publish',
  of: 'user',
  segment: 'media_publish',
  method: 'POST',
  permissions: PUBLISHING_PERMISSIONS,
  answer: ({ account }, { params, world }) => {
    const id = params.get('creation_id');
    if (!id) throw invalidParameter('The parameter creation_id is required');
    const found = world.containers.find(id);
    if (found?.accountId !== account.id || found.kind === 'part') throw unknownContainer(2207006);
    const { status_code } = world.containers.statusOf(found);
    if (status_code === 'PUBLISHED' || status_code === 'EXPIRED') throw unknownContainer(2207008);
    if (status_code === 'IN_PROGRESS') throw notReady();
    if (status_code !== 'FINISHED') throw unknownContainer(2207006);
    if (world.containers.isQuotaUsedUp(account.id)) throw publishingLimitReached();
    const [medium] = world.addMedia([found.media], account.id);
    if (medium === undefined) throw new TypeError('A container becomes a media');
    world.containers.edit(id, { published: { mediaId: medium.id, at: world.now() } });
    return toGraphJson({ id: medium.id });
  },
});

/** `GET /{ig-user-id}/content_publishing_limit`. */
export const publishingLimit = defineEdge({
  name: 'user.content_publishing_limit',
  of: 'user',
  segment: 'content_publishing_limit',
  method: 'GET',
  permissions: PUBLISHING_PERMISSIONS,
  answer: ({ account }, { fields, world }) => {
    const { total, durationSeconds } = world.containers.quota(account.id);
    const row: Readonly<Record<string, unknown>> = {
      quota_usage: world.containers.shownUsage(account.id),
      config: { quota_total: total, quota_duration: durationSeconds },
    };
    const names = fields?.map(({ name }) => name) ?? ['quota_usage'];
    const unknown = names.find((name) => !Object.hasOwn(row, name));
    if (unknown !== undefined) throw unknownField(unknown, 'ContentPublishingLimitResponse');
    return toGraphJson({ data: [Object.fromEntries(names.map((name) => [name, row[name]]))] });
  },
});

/** `GET /{ig-user-id}/stories`: those of the last 24 hours. */
export const userStories = defineEdge({
  name: 'user.stories',
  of: 'user',
  segment: 'stories',
  method: 'GET',
  permissions: { instagram: 'instagram_business_basic', facebook: 'instagram_basic' },
  isList: true,
  answer: ({ account }, call) => {
    const since = Math.floor(call.world.now() / 1_000) - DAY_SECONDS;
    const { isGone } = call.conditions;
    const items = call.world
      .media(account.id)
      .filter((media) => media.media_product_type === 'STORY' && media.timestamp > since)
      .filter(({ id }) => isGone === null || !isGone(id));
    return answerConnection(
      { type: mediaNode, path: `${account.id}/stories`, items, usual: 25, most: 100, byTime: false },
      call,
    );
  },
});
