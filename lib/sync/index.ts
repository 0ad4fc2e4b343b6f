/** The face of the sync, and all that other features may import: what a phase of a run is made with. */
export type { SyncTurn } from './advance.ts';
export { keepPace } from './pace.ts';
export { createPostByPost } from './post-by-post.ts';
export type { SyncRunRow, SyncWarning } from './schema.ts';
export { stepsOf } from './steps.ts';
