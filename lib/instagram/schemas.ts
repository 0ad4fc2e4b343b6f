import { z } from 'zod';
import { toStorableText } from './text.ts';
import { toUtcTimestamp } from './timestamp.ts';

// What Meta sends, value by value. An absent key, `null` and an empty text are one: `null`.

/** An object's id, kept as text: digits on Instagram, beyond 2^53; safe in a path. */
export const graphIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);

/** A text as Postgres can store it. */
export const textSchema = z
  .string()
  .nullish()
  .transform((value) => (value ? toStorableText(value) || null : null));

export const countSchema = z
  .int()
  .nullish()
  .transform((value) => value ?? null);

export const flagSchema = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);

/** ISO 8601 in UTC with `Z`, whole seconds. */
export const graphTimestampSchema = z.string().transform((value, context) => {
  const utc = toUtcTimestamp(value);
  if (utc !== null) return utc;
  context.addIssue({ code: 'custom', message: 'is no timestamp' });
  return z.NEVER;
});

/**
 * An answer that is a page of `item`, as items and the position after them: `null` at the end, which is an absent `next`
 * and nothing else. `next` itself holds the access token and goes no further than this.
 * @see https://developers.facebook.com/docs/graph-api/results
 */
export const graphPageOf = <Item extends z.ZodType>(item: Item) =>
  z
    .looseObject({
      data: z.array(item),
      paging: z
        .looseObject({
          cursors: z.looseObject({ after: z.string().nullish() }).nullish(),
          next: z.string().nullish(),
        })
        .nullish(),
    })
    .transform(({ data, paging }, context) => {
      if (!paging?.next) return { items: data, after: null };
      const after = paging.cursors?.after || (URL.parse(paging.next)?.searchParams.get('after') ?? '');
      if (after !== '') return { items: data, after };
      context.addIssue({ code: 'custom', path: ['paging', 'cursors', 'after'], message: 'is missing beside `next`' });
      return z.NEVER;
    });
