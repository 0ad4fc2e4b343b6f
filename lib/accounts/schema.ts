import { z } from 'zod';
import { idSchema, syncIncludeSchema, timestampSchema } from '../contract.ts';
import { FEATURES, type Feature } from './features.ts';

export const accountStatusSchema = z.enum(['active', 'paused', 'needs_login', 'disconnected']).meta({
  description:
    '`paused` by a person: background work rests, requests are answered. `needs_login`: Instagram no longer takes the token. `disconnected`: the token was forgotten, and what is stored stays readable',
});

export type AccountStatus = z.output<typeof accountStatusSchema>;

/** Minutes between two syncs of an account, at least; 0: it is synced on request only. */
export const intervalMinutesSchema = z.int().min(0).max(1_440);

const MEMBERS = {
  id: idSchema,
  instagram_id: z.string().meta({ example: '17841405822304914' }),
  username: z.string().nullable(),
  name: z.string().nullable(),
  profile_picture_url: z.string().nullable(),
  account_type: z.string().nullable(),
  login: z.enum(['instagram', 'facebook']),
  status: accountStatusSchema,
  scopes: z.array(z.string()).nullable().meta({ description: 'null: Meta was not asked what the token may do' }),
  followers_count: z.int().nullable(),
  follows_count: z.int().nullable(),
  media_count: z.int().nullable(),
  connected_at: timestampSchema,
};

/** A row of `accounts` as clients may see it, with what its syncs have done. */
export const accountViewSchema = z.strictObject({
  ...MEMBERS,
  version: z.int(),
  token_state: z.enum(['alive', 'dead']),
  token_expires_at: timestampSchema.nullable(),
  token_refreshed_at: timestampSchema.nullable(),
  next_refresh_at: timestampSchema.nullable(),
  data_access_expires_at: timestampSchema.nullable(),
  sync_interval_minutes: z.int(),
  sync_include: z.array(z.string()),
  next_sync_at: timestampSchema.nullable(),
  last_run_id: idSchema.nullable(),
  last_succeeded_at: timestampSchema.nullable(),
});
export type AccountView = z.output<typeof accountViewSchema>;

const featureSchema = z
  .object({
    available: z.boolean().nullable().meta({ description: 'null: not known, because `scopes` are not' }),
    missing: z.array(z.string()).meta({ description: 'Scopes that the token lacks for it', example: [] }),
  })
  .meta({ id: 'Feature' });
type FeatureFields = Readonly<Record<Feature, typeof featureSchema>>;

export const accountSchema = z
  .object({
    ...MEMBERS,
    token: z.object({
      state: z.enum(['alive', 'dead', 'none']).meta({ description: '`none`: it was forgotten' }),
      expires_at: timestampSchema.nullable().meta({ description: 'null: never, or Instagram does not tell' }),
      refreshed_at: timestampSchema.nullable(),
      next_refresh_at: timestampSchema.nullable().meta({ description: 'null: none is planned' }),
      data_access_expires_at: timestampSchema.nullable(),
    }),
    features: z.object(Object.fromEntries(FEATURES.map((name) => [name, featureSchema])) as FeatureFields),
    sync: z.object({
      interval_minutes: intervalMinutesSchema,
      include: z.array(syncIncludeSchema),
      next_at: timestampSchema
        .nullable()
        .meta({ description: 'When it is synced next by itself; in the past: it is late; null: it is not' }),
      last_run_id: idSchema.nullable(),
      last_succeeded_at: timestampSchema.nullable(),
    }),
    webhooks: z
      .object({
        subscribed: z.boolean(),
        fields: z.array(z.string()),
        last_event_at: timestampSchema.nullable(),
      })
      .nullable()
      .meta({ description: 'null: this version does not subscribe' }),
    archive: z
      .enum(['none', 'images', 'all'])
      .nullable()
      .meta({ description: 'null: this version keeps no copies of files' }),
  })
  .meta({ id: 'Account' });
export type Account = z.output<typeof accountSchema>;

export const roleSchema = z.enum(['owner', 'member']).meta({
  description:
    'Both see the account and act for it. An `owner` also changes grants, and may delete the account while no other owner is left',
});
export type Role = z.output<typeof roleSchema>;

const GRANT = {
  principal: z.string().meta({
    description: "A token's `sub`, `client:<client_id>` of one without `sub`, or `*`: everybody",
    example: 'auth0|5f7c8ec7',
  }),
  role: roleSchema,
  granted_by: z.string().meta({ description: 'A principal, or `operator`: at start, or by the operator’s command' }),
  created_at: timestampSchema,
  updated_at: timestampSchema,
};
/** Who may see an account and act for it. */
export const grantSchema = z.object(GRANT).meta({ id: 'Grant' });
export type Grant = z.output<typeof grantSchema>;

/** The same as a row; `id`: its place in lists. */
export const grantRowSchema = z.strictObject({ id: z.int(), ...GRANT });
export type GrantRow = z.output<typeof grantRowSchema>;
