import { createHash } from 'node:crypto';

/**
 * Equal for texts that count as the same: Instagram may give a text back in another Unicode normal form, or with other white
 * space.
 */
const likeness = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();

/** A short hash, equal for two texts that cannot be told apart on Instagram. */
export const textDigest = (text: string): string => createHash('sha256').update(likeness(text)).digest('base64url');
