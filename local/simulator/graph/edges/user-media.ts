import { answerConnection } from '../connection.ts';
import { defineEdge } from '../define-edge.ts';
import { mediaNode } from '../nodes/media.ts';

/** `GET /{ig-user-id}/media`: newest first, the newest 10,000 at most, no stories. */
export const userMedia = defineEdge({
  name: 'user.media',
  of: 'user',
  segment: 'media',
  method: 'GET',
  permissions: { instagram: 'instagram_business_basic', facebook: 'instagram_basic' },
  isList: true,
  answer: ({ account }, call) => {
    const { isGone } = call.conditions;
    const listed = call.world.listed(account.id);
    return answerConnection(
      {
        type: mediaNode,
        path: `${account.id}/media`,
        items: isGone === null ? listed : listed.filter(({ id }) => !isGone(id)),
        usual: 25,
        most: 100,
        byTime: true,
        isWithheld: ({ withheld }) => withheld,
      },
      call,
    );
  },
});
