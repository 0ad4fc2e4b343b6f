import { z } from 'zod';

/** Why a list is empty, as far as we could find out. */
export const emptyReasonSchema = z
  .object({
    code: z.enum([
      'instagram_login', // has no pages: the token is for one account
      'scope_missing',
      'no_page_ticked', // in the login dialog
      'page_held_by_business', // the person's role on it comes through that business
      'no_page',
      'no_linked_account', // there are pages, but no Instagram professional account is linked to any
      'not_established',
    ]),
    message: z.string(),
  })
  .meta({ id: 'EmptyReason' });
export type EmptyReason = z.output<typeof emptyReasonSchema>;

const accountSchema = z.object({ id: z.string(), username: z.string().nullable(), name: z.string().nullable() });

export const userPageSchema = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    tasks: z.array(z.string()).readonly().meta({ description: 'What the person behind the token may do there' }),
    instagram_account: accountSchema.nullable(),
  })
  .meta({ id: 'UserPage' });

export const instagramAccountSchema = z
  .object({
    ...accountSchema.shape,
    page: z
      .object({ id: z.string(), name: z.string().nullable() })
      .nullable()
      .meta({ description: 'The Facebook page it is linked to; null with Instagram Login' }),
  })
  .meta({ id: 'InstagramAccount' });
export type DiscoveredAccount = z.output<typeof instagramAccountSchema>;

/** A list without further pages, which says why it is empty. */
export const wholeListOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    next: z.null(),
    previous: z.null(),
    results: z.array(item),
    reason: emptyReasonSchema.nullable(),
  });
