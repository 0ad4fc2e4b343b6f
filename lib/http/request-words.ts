import type { z } from 'zod';
import { listKnownKeys } from './unknown-keys.ts';

/** What clients call the types that zod names. */
const TYPES: Partial<Record<z.core.$ZodIssueInvalidType['expected'], string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/**
 * What is wrong with a value, where its schema has no words of its own: zod's speak of its types to programmers
 * (`Too small: expected string to have >=1 characters`), and these reach clients as `errors[].message`.
 */
export const requestWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'unrecognized_keys':
      return listKnownKeys(issue);
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${TYPES[issue.expected] ?? 'of another type'}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`;
    case 'too_small':
      return belowWords(issue);
    case 'too_big':
      return `must ${issue.origin === 'number' || issue.origin === 'int' ? 'be' : 'have'} at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      return 'is not of the right form';
    default:
      return 'is not valid';
  }
};

const belowWords = ({ origin, minimum, inclusive }: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>): string => {
  if (origin === 'string' && minimum === 1) return 'must not be empty';
  if (origin === 'number' || origin === 'int') return `must be ${inclusive ? 'at least' : 'more than'} ${minimum}`;
  return `must have at least ${minimum}${unitOf(origin)}`;
};

const unitOf = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' items' : '');
