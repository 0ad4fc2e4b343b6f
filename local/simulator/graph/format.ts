import type { Seconds } from '../world/types.ts';

/** `2019-09-26T22:36:43+0000`: Meta's own form, without a colon in the offset. */
export const formatTime = (seconds: Seconds): string =>
  new Date(seconds * 1000).toISOString().replace(/\.\d{3}Z$/, '+0000');
