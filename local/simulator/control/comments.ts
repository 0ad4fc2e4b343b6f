import { z } from 'zod';
import type { ControlRoute } from './route.ts';

const newCommentSchema = z.strictObject({
  text: z.string().default('Lovely!'),
  username: z.string().min(1).default('a.visitor'),
  parent_id: z.string().nullable().default(null),
  count: z.int().min(1).max(1_000).default(1),
});

/** What other people say. */
export const commentRoutes: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/media/{id}/comments',
    answer: ({ params }, { world }) => ({ body: { comments: world.comments(params.id ?? '') } }),
  },
  {
    method: 'POST',
    path: '/media/{id}/comments',
    answer: ({ params, body }, { world }) => {
      const { count, ...comment } = newCommentSchema.parse(body);
      const comments = Array.from({ length: count }, () => world.addComment(params.id ?? '', comment));
      return { status: 201, body: { comments } };
    },
  },
  {
    method: 'DELETE',
    path: '/comments/{id}',
    answer: ({ params }, { world }) => ({ body: { removed: world.removeComment(params.id ?? '') } }),
  },
];
