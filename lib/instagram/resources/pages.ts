import { z } from 'zod';
import type { CallLimits, CallOptions } from '../exchange.ts';
import { type Asked, askingLess, type FieldPlan } from '../fields.ts';
import type { GraphRequest } from '../graph.ts';
import { graphPageOf, isBare } from '../listing.ts';
import { readAll } from '../read-all.ts';
import { graphIdSchema, orAbsent, textSchema, textsSchema } from '../schemas.ts';

/** A Facebook page as the token's person sees it, with the Instagram professional account linked to it. */
export interface Page {
  id: string;
  name: string | null;
  /** What this person may do on it (`MANAGE`, `CREATE_CONTENT`, `PROFILE_PLUS_ANALYZE` …). */
  tasks: readonly string[];
  instagram_account: { id: string; username: string | null; name: string | null } | null;
}

/** Without `access_token`, which Meta would give: a page's token may never expire, and nothing here needs one. */
const FIELDS = ['id', 'name', 'tasks', 'instagram_business_account{id,username,name}'];
/** All are needed, so a refusal is an error; only the number of rows may become smaller. */
const PLAN: FieldPlan = { all: FIELDS, required: FIELDS, fallbacks: [], expansions: [] };
/** The fields of a page that is read by itself; only the list has `tasks`. */
const OWN_FIELDS = 'id,name,instagram_business_account{id,username,name}';
const pageSchema = z
  .looseObject({
    id: graphIdSchema,
    name: textSchema,
    tasks: textsSchema,
    instagram_business_account: orAbsent(
      z
        .looseObject({ id: graphIdSchema, username: textSchema, name: textSchema })
        .transform(({ id, username, name }) => ({ id, username, name })),
    ),
  })
  .transform(
    ({ id, name, tasks, instagram_business_account }): Page => ({
      id,
      name,
      tasks,
      instagram_account: instagram_business_account,
    }),
  );
/** Every page has a name. If even that key is missing, a permission is missing. */
const pagesSchema = graphPageOf(
  z
    .unknown()
    .refine((row) => !isBare(row))
    .pipe(pageSchema),
);
export type PageList = z.output<typeof pagesSchema> & { used: Asked };

const heldSchema = orAbsent(z.looseObject({ data: z.array(z.unknown()) }));
const businessSchema = z.looseObject({
  id: graphIdSchema,
  name: textSchema,
  owned_pages: heldSchema,
  client_pages: heldSchema,
});
const BUSINESS_FIELDS = ['id', 'name', 'owned_pages.limit(1){id}', 'client_pages.limit(1){id}'];

/** The Facebook pages that a token of Facebook Login can see. */
export const pagesResource = (request: GraphRequest) => ({
  /** One page of the list; `after` is `null` at its end. @throws {InstagramError} */
  readPage: ({ after, limit }: { after: string | null; limit: number }, limits: CallLimits = {}): Promise<PageList> =>
    askingLess(request, { limit, fields: FIELDS }, PLAN, limits, async (used, options) => {
      const params = { fields: used.fields.join(','), limit: used.limit, after };
      return { ...(await request({ path: ['me', 'accounts'], params, schema: pagesSchema }, options)), used };
    }),

  /** A page by its id, or the one a page's own token is for (`me`). @throws {InstagramError} */
  get: (pageId: string, options: CallOptions = {}): Promise<Page> =>
    request({ path: [pageId], params: { fields: OWN_FIELDS }, schema: pageSchema }, options),

  /** Names of the businesses that own or manage pages and show them to this person. @throws {InstagramError} */
  listHoldingBusinesses: async (options: CallOptions = {}): Promise<(string | null)[]> => {
    const list = { path: ['me', 'businesses'], fields: BUSINESS_FIELDS, row: businessSchema };
    const items = await readAll(request, { ...list, idOf: ({ id }) => id }, options);
    return items
      .filter(({ owned_pages, client_pages }) => [owned_pages, client_pages].some((held) => held?.data.length))
      .map(({ name }) => name);
  },
});
