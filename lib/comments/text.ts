import { createHash } from 'node:crypto';

/**
 * What makes two texts the same to us: Instagram may give a text back in another normal form, or with its white space
 * changed.
 */
const likeness = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();

/** A short stand-in for a text's likeness: equal for two texts that cannot be told apart on Instagram. */
export const textDigest = (text: string): string => createHash('sha256').update(likeness(text)).digest('base64url');
