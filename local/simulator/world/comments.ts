import { makeRemark } from './captions.ts';
import { numericId } from './ids.ts';
import { createRandom, hashOf, type Random } from './random.ts';
import type { Account, Comment, Media, Seconds } from './types.ts';

const DAY: Seconds = 24 * 3_600;

const PEOPLE = [
  'marta.k',
  'tom_sails',
  'yuki.0812',
  'el_pablo',
  'анна',
  'noor.cooks',
  'bread.and.salt',
  'j.doe.1999',
] as const;

const person = (scope: string, random: Random) => {
  const index = random.below(PEOPLE.length);
  return { username: PEOPLE[index] ?? PEOPLE[0], authorId: numericId(scope, 'person', index) };
};

/** As many comments and replies as the media's `comments_count` promises, less those that are withheld; none later than `now`. */
export const generateComments = (account: Account, media: Media, now: Seconds): Comment[] => {
  const random = createRandom(hashOf(`${media.id}/comments`));
  const count = Math.max(0, media.comments_count - media.commentsWithheld);
  const comments: Comment[] = [];
  const threads: Comment[] = [];
  for (let n = 0; n < count; n += 1) {
    const parent = threads.length > 0 && random.chance(0.3) ? threads[random.below(threads.length)] : undefined;
    const byOwner = parent !== undefined && random.chance(0.5);
    const author = byOwner ? { username: account.username, authorId: account.id } : person(account.id, random);
    const comment: Comment = {
      id: numericId(media.id, 'comment', n),
      media_id: media.id,
      parent_id: parent?.id ?? null,
      text: makeRemark(random),
      timestamp: Math.min(now, (parent?.timestamp ?? media.timestamp) + random.between(30, 2 * DAY)),
      ...author,
      like_count: random.below(20),
      hidden: parent === undefined && random.chance(0.03),
    };
    comments.push(comment);
    if (!parent) threads.push(comment);
  }
  return comments;
};
