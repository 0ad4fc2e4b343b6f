import { readContainer } from '../container-input.ts';
import { defineEdge } from '../define-edge.ts';
import { publishingLimitReached } from '../errors.ts';
import { toGraphJson } from '../json.ts';
import { fieldsOf, readNode } from '../node.ts';
import { containerNode } from '../nodes/container.ts';
import { render } from '../render.ts';

/** What publishing needs. */
export const PUBLISHING_PERMISSIONS = {
  instagram: 'instagram_business_content_publish',
  facebook: 'instagram_content_publish',
} as const;

/** `POST /{ig-user-id}/media`: a container. Its file is fetched, and it is processed, after the answer. */
export const createContainer = defineEdge({
  name: 'user.media.create',
  of: 'user',
  segment: 'media',
  method: 'POST',
  permissions: PUBLISHING_PERMISSIONS,
  answer: ({ account }, call) => {
    const { url, ...input } = readContainer(call);
    const { processingMs, end } = call.conditions.container;
    const { containers, now } = call.world;
    const made = containers.add({ ...input, accountId: account.id, readyAt: now() + processingMs, end });
    if (made === null) throw publishingLimitReached();
    if (url !== null) call.files.fetchFor(made, url, containers);
    return toGraphJson({ id: made.id });
  },
});

/** `GET /{ig-container-id}`. */
export const container = defineEdge({
  name: 'container',
  of: 'container',
  segment: null,
  method: 'GET',
  permissions: PUBLISHING_PERMISSIONS,
  answer: (object, call) =>
    render(readNode(containerNode, object.container, fieldsOf(containerNode, call.fields, call.login), call), call),
});
