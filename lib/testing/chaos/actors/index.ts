import { cancellation } from './cancellation.ts';
import { comment } from './comment.ts';
import { commentsSwitch } from './comments-switch.ts';
import { deletion } from './deletion.ts';
import { handiwork } from './handiwork.ts';
import { moderation } from './moderation.ts';
import { publication } from './publication.ts';
import { reply } from './reply.ts';
import { stalledSync } from './stalled-sync.ts';
import { sync } from './sync.ts';
import { throttle } from './throttle.ts';
import { tokenDeath } from './token-death.ts';

/** Everybody who acts in a chaos run. A feature that is added adds a file, and a line here: which makes every seed another run. */
export const ACTORS = [
  sync,
  stalledSync,
  comment,
  reply,
  moderation,
  deletion,
  commentsSwitch,
  publication,
  cancellation,
  handiwork,
  throttle,
  tokenDeath,
] as const;
export type ActorName = (typeof ACTORS)[number]['name'];
