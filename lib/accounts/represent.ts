import { z } from 'zod';
import { syncIncludeSchema } from '../contract.ts';
import { FEATURES, missingScopes } from './features.ts';
import type { Account, AccountView } from './schema.ts';

const includesSchema = z.array(syncIncludeSchema);

/** What each feature lacks, by the scopes of the token. */
const featuresOf = ({ login, scopes }: AccountView): Account['features'] => {
  const missing = missingScopes(login, (scope) => scopes?.includes(scope) ?? null);
  const features = FEATURES.map((feature) => {
    const lacks = missing[feature] ?? [];
    return [feature, { available: scopes === null ? null : lacks.length === 0, missing: lacks }] as const;
  });
  return Object.fromEntries(features) as Account['features'];
};

/** An account as clients see it. */
export const toAccount = (view: AccountView): Account => {
  const {
    version: _,
    token_state,
    token_expires_at,
    token_refreshed_at,
    next_refresh_at,
    data_access_expires_at,
    sync_interval_minutes,
    sync_include,
    next_sync_at,
    last_run_id,
    last_succeeded_at,
    ...members
  } = view;
  return {
    ...members,
    token: {
      state: members.status === 'disconnected' ? 'none' : token_state,
      expires_at: token_expires_at,
      refreshed_at: token_refreshed_at,
      next_refresh_at,
      data_access_expires_at,
    },
    features: featuresOf(view),
    sync: {
      interval_minutes: sync_interval_minutes,
      include: includesSchema.parse(sync_include),
      next_at: next_sync_at,
      last_run_id,
      last_succeeded_at,
    },
    webhooks: null,
    archive: null,
  };
};
