import type { Stage } from '../stage.ts';

/** One promise of docs/promises.md, and what breaks it; one file each. */
export interface Check {
  /** In the words of the page. */
  readonly promise: string;
  /** After each step; when nothing is left to do; after a last sync of everything. */
  readonly moments: readonly ('step' | 'settled' | 'mirrored')[];
  /** What is wrong, a line each. */
  readonly find: (stage: Stage) => Promise<readonly string[]>;
}
