import type { z } from 'zod';
import type { CallOptions } from './exchange.ts';
import { askingLess } from './fields.ts';
import type { GraphRequest } from './graph.ts';
import { graphPageOf } from './listing.ts';
import { createPageSize } from './page-size.ts';
import { type ListingPage, walk } from './walk.ts';

/** Meta documents no maximum for these lists; this is the usual one. */
const PAGE = 100;
/** Far more rows than any of these lists has. */
const BOUND = 10_000;

/**
 * Every row of a short list of the token's own, walked to its end. `call` names it in errors.
 * @throws {InstagramError}
 */
export const readWhole = async <Item>(
  readPage: (asked: { after: string | null; limit: number }, options: CallOptions) => Promise<ListingPage<Item>>,
  { call, idOf }: { call: string; idOf: (item: Item) => string },
  { deadline, signal: given }: CallOptions,
): Promise<Item[]> => {
  const limits = deadline === undefined ? {} : { deadline };
  const pages = walk<ListingPage<Item>>(
    ({ after, limit }, left) => {
      const signal = given === undefined ? left : AbortSignal.any([left, given]);
      return readPage({ after, limit }, { ...limits, signal });
    },
    { call, idOf, size: createPageSize(PAGE), bound: BOUND, readsAhead: () => true },
  );
  const items: Item[] = [];
  for await (const page of pages) items.push(...page.items);
  return items;
};

/**
 * The same of a path. `fields`: what to ask for of a row; all of them are needed.
 * @throws {InstagramError}
 */
export const readAll = <Item>(
  request: GraphRequest,
  {
    path,
    fields,
    row,
    idOf,
  }: { path: readonly string[]; fields: readonly string[]; row: z.ZodType<Item>; idOf: (item: Item) => string },
  options: CallOptions,
): Promise<Item[]> => {
  const schema = graphPageOf(row);
  const plan = { all: fields, required: fields, fallbacks: [], expansions: [] };
  return readWhole<Item>(
    ({ after, limit }, limits) =>
      askingLess(request, { limit, fields }, plan, limits, async (used, within) => {
        const params = { fields: fields.length === 0 ? null : fields.join(','), limit: used.limit, after };
        return { ...(await request({ path: [...path], params, schema }, within)), used };
      }),
    { call: `GET ${path.join('/')}`, idOf },
    options,
  );
};
