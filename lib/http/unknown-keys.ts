import { z } from 'zod';
import { cutKey, explainUnknownKey } from '../unknown-key.ts';

/**
 * Zod's message about an unknown key: the known keys, separated by commas, because an issue has no other place for them.
 * `unknownKeyErrors` makes words of them.
 */
export const listKnownKeys: z.core.$ZodErrorMap = ({ code, inst }) =>
  code === 'unrecognized_keys' && inst instanceof z.ZodObject ? Object.keys(inst.shape).join(',') : undefined;

/** One error for each unknown key of an issue whose message is by `listKnownKeys`; at most `limit`. */
export const unknownKeyErrors = (
  { path, keys, message }: Pick<z.core.$ZodIssueUnrecognizedKeys, 'path' | 'keys' | 'message'>,
  limit: number,
): { path: PropertyKey[]; message: string }[] => {
  const known = message === '' ? [] : message.split(',');
  return keys.slice(0, limit).map((key) => ({ path: [...path, cutKey(key)], message: explainUnknownKey(key, known) }));
};
