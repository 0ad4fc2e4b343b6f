import type { WorldObject } from '../world/world.ts';
import type { Call } from './call.ts';
import type { Edge } from './edge.ts';
import { comment, deleteComment, hideComment } from './edges/comment.ts';
import { commentReplies, replyToComment } from './edges/comment-replies.ts';
import { container, createContainer } from './edges/containers.ts';
import { debugToken } from './edges/debug-token.ts';
import { exchangeOfFacebook, exchangeOfInstagram } from './edges/exchange-token.ts';
import { facebookUser, page } from './edges/facebook.ts';
import { mediaInsights, partInsights, userInsights } from './edges/insights.ts';
import { media, mediaPart, toggleComments } from './edges/media.ts';
import { mediaChildren } from './edges/media-children.ts';
import { createComment, mediaComments } from './edges/media-comments.ts';
import { userBusinesses, userPages, userPermissions } from './edges/pages.ts';
import { publishContainer, publishingLimit, userStories } from './edges/publishing.ts';
import { refreshAccessToken } from './edges/refresh-access-token.ts';
import { user } from './edges/user.ts';
import { userMedia } from './edges/user-media.ts';

/** Every operation there is; a new one is a file and a line here. */
const EDGES: readonly Edge<Call>[] = [
  user,
  userMedia,
  userStories,
  createContainer,
  container,
  publishContainer,
  publishingLimit,
  media,
  mediaPart,
  toggleComments,
  mediaChildren,
  mediaComments,
  createComment,
  comment,
  hideComment,
  deleteComment,
  commentReplies,
  replyToComment,
  mediaInsights,
  partInsights,
  userInsights,
  facebookUser,
  userPages,
  userPermissions,
  userBusinesses,
  page,
  debugToken,
  exchangeOfInstagram,
  exchangeOfFacebook,
  refreshAccessToken,
];

/** The names of edges, as scenarios and the log of calls use them. */
export const EDGE_NAMES: ReadonlySet<string> = new Set(EDGES.map(({ name }) => name));

const BY_KEY = new Map(EDGES.map((edge) => [`${edge.method} ${edge.of ?? ''} ${edge.segment ?? ''}`, edge]));

/** The operation a call asks for; null: there is none. `of` null: the path begins with no object. */
export const findEdge = (method: string, of: WorldObject['type'] | null, segment: string | null): Edge<Call> | null =>
  BY_KEY.get(`${method} ${of ?? ''} ${segment ?? ''}`) ?? null;

/** What Meta calls the kind of node in its errors. */
export const NODE_NAMES: Record<WorldObject['type'], string> = {
  user: 'IGUser',
  media: 'Media',
  part: 'Media',
  comment: 'IGComment',
  container: 'IGContainer',
  page: 'Page',
  facebook_user: 'User',
};
