import { z } from 'zod';
import { httpUrl, names } from './values.ts';

/**
 * An origin as browsers write it: nothing after the host and its port. It is compared letter by letter, so in lower
 * case.
 */
const ORIGIN = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/;

export const httpEnv = z.object({
  PUBLIC_BASE_URL: httpUrl().optional(),
  /** Web pages that may call the API from a browser; unset: none but our own. */
  API_ORIGINS: names()
    .transform((list) => list.map((origin) => origin.toLowerCase()))
    .refine((list) => list.every((origin) => ORIGIN.test(origin)), {
      error: 'must be origins such as https://app.example.com, separated by commas',
    }),
});
