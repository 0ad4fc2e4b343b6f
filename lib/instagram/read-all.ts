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
 * Every row of a short list of the token's own, walked to its end. `fields`: what to ask for of a row; all of them are needed.
 * @throws {InstagramError}
 */
export const readAll = async <Item>(
  request: GraphRequest,
  {
    path,
    fields,
    row,
    idOf,
  }: { path: readonly string[]; fields: readonly string[]; row: z.ZodType<Item>; idOf: (item: Item) => string },
  { deadline, signal: given }: CallOptions,
): Promise<Item[]> => {
  const schema = graphPageOf(row);
  const plan = { all: fields, required: fields, fallbacks: [], expansions: [] };
  const limits = deadline === undefined ? {} : { deadline };
  const pages = walk<ListingPage<Item>>(
    ({ after, limit }, left) => {
      const signal = given === undefined ? left : AbortSignal.any([left, given]);
      return askingLess({ limit, fields }, plan, { ...limits, signal }, async (used, options) => {
        const params = { fields: fields.length === 0 ? null : fields.join(','), limit: used.limit, after };
        return { ...(await request({ path: [...path], params, schema }, options)), used };
      });
    },
    { call: `GET ${path.join('/')}`, idOf, size: createPageSize(PAGE), bound: BOUND },
  );
  const items: Item[] = [];
  for await (const page of pages) items.push(...page.items);
  return items;
};
