/** The face of the comments, and all that other features may import, beside the schema that clients see. */
export { createComments } from './create-comments.ts';
export { textDigest } from './text.ts';
