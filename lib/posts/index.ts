/** The face of the posts, and all that other features may import, beside the schema that clients see. */
export { createPostMirror, type PostRef } from './mirror-repository.ts';
export { createPostReader } from './post-reader.ts';
export { GONE_AT, IS_THERE } from './presence-repository.ts';
export { createPostTriage, isGoneBeyondDoubt, mediaGone } from './triage.ts';
export { type ControlPost, createWithheld, mayAsk, reasonOf } from './withheld.ts';
export { type PageStatement, pageStatement, storePage } from './write-page-repository.ts';
