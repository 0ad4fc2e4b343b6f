import { z } from 'zod';
import { InstagramError } from '../errors.ts';
import type { CallOptions } from '../exchange.ts';
import { askingLess, type FieldPlan } from '../fields.ts';
import type { GraphRequest, Login } from '../graph.ts';
import { graphPageOf } from '../listing.ts';
import { countSchema, graphIdSchema, optionalIdSchema, orAbsent, textSchema } from '../schemas.ts';

/** A professional account. */
export interface AccountInput {
  /** The id that edges and webhooks use; never the app-scoped id of Instagram Login. */
  instagram_id: string;
  username: string | null;
  name: string | null;
  /** As Instagram writes it (`BUSINESS`, `Media_Creator`); Facebook Login does not tell. */
  account_type: string | null;
  media_count: number | null;
}

/** How many there are now. */
export interface AccountCounts {
  followers_count: number | null;
  follows_count: number | null;
  media_count: number | null;
}
const countsSchema = z.looseObject({
  followers_count: countSchema,
  follows_count: countSchema,
  media_count: countSchema,
});
const DETAILS = ['username', 'name', 'account_type', 'media_count'];
const planOf = (id: string, details: readonly string[]): FieldPlan => ({
  all: [id, ...details],
  required: [id],
  fallbacks: [['username', 'media_count'], ['username']],
  expansions: [],
});
const FIELDS: Readonly<Record<Login, FieldPlan>> = {
  instagram: planOf('user_id', DETAILS),
  facebook: planOf(
    'id',
    DETAILS.filter((field) => field !== 'account_type'),
  ),
};

const DETAIL_SCHEMAS = { username: textSchema, name: textSchema, account_type: textSchema, media_count: countSchema };
const detailsOf = ({ username, name, account_type, media_count }: Omit<AccountInput, 'instagram_id'>) => ({
  username,
  name,
  account_type,
  media_count,
});

/** Facebook Login: the account itself, by its id. */
const linkedSchema = z
  .looseObject({ id: graphIdSchema, ...DETAIL_SCHEMAS })
  .transform((account): AccountInput => ({ instagram_id: account.id, ...detailsOf(account) }));

/**
 * Instagram Login: `id` is app-scoped, `user_id` is the account. If only `id` came, it counts when it is the id that was
 * asked for. Meta's sample wraps the object in a list; its servers do not.
 */
const ownSchema = (asked: string) =>
  z.preprocess(
    (json) => wrappedSchema.safeParse(json).data?.data[0] ?? json,
    z
      .looseObject({ id: optionalIdSchema, user_id: optionalIdSchema, ...DETAIL_SCHEMAS })
      .transform((account, context): AccountInput => {
        const instagram_id = account.user_id ?? (account.id === asked ? account.id : null);
        if (instagram_id !== null) return { instagram_id, ...detailsOf(account) };
        context.addIssue({ code: 'custom', path: ['user_id'], message: 'is missing' });
        return z.NEVER;
      }),
  );
const wrappedSchema = z.looseObject({ data: z.tuple([z.looseObject({})]) });

const pageSchema = z.looseObject({ instagram_business_account: orAbsent(linkedSchema) });
const pagesSchema = graphPageOf(pageSchema);

/** The connected account. */
export const accountResource = (request: GraphRequest, login: Login) => {
  const read = (path: string, schema: z.ZodType<AccountInput>, options: CallOptions) =>
    askingLess(request, { limit: 1, fields: FIELDS[login].all }, FIELDS[login], options, ({ fields }, limits) =>
      request({ path: [path], params: { fields: fields.join(',') }, schema }, limits),
    );

  return {
    /** How many followers, followed accounts and media an account has now; null: Instagram does not tell. @throws {InstagramError} */
    getCounts: async (igUserId: string, options: CallOptions = {}): Promise<AccountCounts> => {
      const params = { fields: 'followers_count,follows_count,media_count' };
      const { followers_count, follows_count, media_count } = await request(
        { path: [igUserId], params, schema: countsSchema },
        options,
      );
      return { followers_count, follows_count, media_count };
    },

    /**
     * An account by its id, or the account that the token is for (`me`). With Facebook Login `me` is a page or a person, and
     * the account is the only one linked to it; with several linked accounts, ask by id.
     * @throws {InstagramError}
     */
    get: async (igUserId: string, options: CallOptions = {}): Promise<AccountInput> => {
      if (login === 'instagram') return read(igUserId, ownSchema(igUserId), options);
      if (igUserId !== 'me') return read(igUserId, linkedSchema, options);
      const [account, ...others] = await linkedAccounts(request, options);
      if (account === undefined)
        throw notOne('No Instagram professional account is linked to the page or person that this token is for');
      if (others.length > 0) throw notOne('Several Instagram accounts are linked to this token; name one by its id');
      return account;
    },
  };
};

/** The accounts linked to the page of a page token, or to a person's pages (the first 100: more than one is an error anyway). */
const linkedAccounts = async (request: GraphRequest, options: CallOptions): Promise<AccountInput[]> => {
  const params = { fields: `instagram_business_account{${FIELDS.facebook.all}}` };
  try {
    const page = await request({ path: ['me'], params, schema: pageSchema }, options);
    return page.instagram_business_account ? [page.instagram_business_account] : [];
  } catch (error) {
    // the token is a person's, and a person has no such field
    if (!(error instanceof InstagramError) || error.means !== 'parameter_refused') throw error;
  }
  const { items } = await request(
    { path: ['me', 'accounts'], params: { ...params, limit: 100 }, schema: pagesSchema },
    options,
  );
  return items.flatMap((page) => page.instagram_business_account ?? []);
};

const notOne = (words: string) =>
  new InstagramError({
    call: 'GET me/accounts',
    write: false,
    row: { kind: 'rejected', problem: 'instagram_error', retry: 'never', writeEffect: 'none_final', words },
  });
