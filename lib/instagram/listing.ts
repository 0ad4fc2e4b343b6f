import { z } from 'zod';
import { isMembers, toGraphId } from './schemas.ts';

/** A row that cannot be read, as far as it can. */
export interface UnreadableRow {
  /** The object is there, whatever else is not known of it; `null`: not even that can be read. */
  id: string | null;
  /** Its id is all that Instagram gave of it. */
  isBare: boolean;
  /** The part that is missing or odd. */
  path: string;
}

/** Ids of objects that are there although their rows cannot be read. */
export const idsOf = (unreadable: readonly UnreadableRow[]): string[] => unreadable.flatMap(({ id }) => id ?? []);

/** Rows of a listing, those apart that cannot be read. */
export interface Rows<Item> {
  items: Item[];
  unreadable: UnreadableRow[];
}

/** An object of which Instagram gave an id and nothing else. */
export const isBare = (value: unknown): boolean =>
  isMembers(value) && toGraphId(value.id) !== null && Object.keys(value).length === 1;

const readRows = <Item>(rows: readonly unknown[], parse: z.ZodType<Item>['safeParse']): Rows<Item> => {
  const read: Rows<Item> = { items: [], unreadable: [] };
  for (const row of rows) {
    const { success, data, error } = parse(row);
    if (success) read.items.push(data);
    else {
      const path = error.issues[0]?.path.join('.') || 'the row';
      read.unreadable.push({ id: isMembers(row) ? toGraphId(row.id) : null, isBare: isBare(row), path });
    }
  }
  return read;
};

/**
 * The position after a page: `null` at its end, which is an absent `next` and nothing else; `undefined` where there is a
 * `next` without a position. `next` itself holds the access token and goes no further than this.
 */
const toPosition = (paging: unknown): string | null | undefined => {
  const { next, cursors } = isMembers(paging) ? paging : {};
  if (typeof next !== 'string' || next === '') return null;
  const after = isMembers(cursors) ? cursors.after : undefined;
  return (typeof after === 'string' && after) || URL.parse(next)?.searchParams.get('after') || undefined;
};

const readPage = <Item>(
  { data, paging }: { data: readonly unknown[]; paging?: unknown },
  parse: z.ZodType<Item>['safeParse'],
  context: z.RefinementCtx,
) => {
  const after = toPosition(paging);
  if (after !== undefined) return { ...readRows(data, parse), after };
  context.addIssue({ code: 'custom', path: ['paging', 'cursors', 'after'], message: 'is missing beside `next`' });
  return z.NEVER;
};

/**
 * An answer that is a page of rows, as items and the position after them. Rows that cannot be read are told apart:
 * whether so many may be is for `walk` to judge.
 * `compiled`: for rows of many values. What zod makes of each while it interprets a schema outlives the page in V8's old
 * generation, 0.4 MB a page until that is full. Not before the first row is read, as it takes some milliseconds.
 * @see https://developers.facebook.com/docs/graph-api/results
 */
export const graphPageOf = <Item>(row: z.ZodType<Item>, { compiled = false } = {}) => {
  let schema: Pick<z.ZodType<Item>, 'safeParse'> | undefined;
  const parse = (value: unknown) => {
    schema ??= compiled ? z.compile(row) : row;
    return schema.safeParse(value);
  };
  return z
    .looseObject({ data: z.array(z.unknown()), paging: z.unknown().optional() })
    .transform((page, context) => readPage(page, parse, context));
};

/**
 * An edge that is expanded inside a row: its page, or `null` where there is none. A bare list is taken for its rows. One
 * that goes on at an unknown position fails its row: the rest must not be lost in silence.
 */
export const edgeOf = <Item>(row: z.ZodType<Item>) =>
  z
    .unknown()
    .optional()
    .transform((value, context) => {
      if (Array.isArray(value)) return value.length === 0 ? null : { ...readRows(value, row.safeParse), after: null };
      const { data = [], paging } = isMembers(value) ? value : {};
      if (!isMembers(value) || Object.keys(value).length === 0) return null;
      return readPage({ data: Array.isArray(data) ? data : [], paging }, row.safeParse, context);
    });
