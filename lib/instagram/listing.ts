import { z } from 'zod';
import { isMembers, toGraphId } from './schemas.ts';

/** What could be read of an unreadable row. */
export interface UnreadableRow {
  /** The object exists, although nothing else is known of it; `null`: not even its id could be read. */
  id: string | null;
  /** Instagram gave its id and nothing else. */
  isBare: boolean;
  /** The path of the part that is missing or has an unknown shape. */
  path: string;
}

/** Ids of objects that exist although their rows are unreadable. */
export const idsOf = (unreadable: readonly UnreadableRow[]): string[] => unreadable.flatMap(({ id }) => id ?? []);

/** The rows of a listing, readable and unreadable ones apart. */
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
 * The position after a page. `null`: the end of the listing, which only an absent `next` says. `undefined`: there is a `next`
 * without a position. `next` itself holds the access token, so it never leaves this function.
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
 * The schema of an answer that is a page of rows: items, unreadable rows, and the position after them. `walk` decides how
 * many unreadable rows are too many.
 * `compiled`: for rows of many values. An interpreted zod schema leaves 0.4 MB a page in V8's old generation until that is
 * full. It is compiled when the first row is read, as that takes some milliseconds.
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
 * The schema of an edge that is expanded inside a row: its page, or `null` without one. A plain list counts as its rows. An
 * edge that continues at an unknown position makes its row unreadable: otherwise the rest would be lost unnoticed.
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
