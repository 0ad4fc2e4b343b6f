import { createRandom, hashOf, type Random } from '../../../local/simulator/world/random.ts';

/**
 * A stream of its own for each name below a seed: what one step draws moves no other, so that a run stays the same run when
 * a step is left out of it or draws more.
 */
export const randomOf = (seed: number, ...names: readonly (string | number)[]): Random =>
  createRandom(hashOf([seed, ...names].join('/')));

/** One of several, each as likely as its weight. */
export const pickWeighted = <Item extends { weight: number }>(random: Random, items: readonly Item[]): Item => {
  let left = random.next() * items.reduce((sum, { weight }) => sum + weight, 0);
  for (const item of items) {
    left -= item.weight;
    if (left < 0) return item;
  }
  throw new TypeError('There is nothing to pick from');
};

/** One of several, or null where there is none. */
export const pickAny = <Item>(random: Random, items: readonly Item[]): Item | null =>
  items[random.below(items.length)] ?? null;
