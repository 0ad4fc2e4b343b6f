import type { DatabasePool } from 'slonik';
import { type Account, createAccountRepository } from '../accounts/repository.ts';
import type { MediaInput } from '../instagram/resources/media-schema.ts';
import { storePage } from '../posts/index.ts';
import { EVERYBODY } from '../principal.ts';

/** A media object with nothing remarkable about it, as Instagram gives it. */
export const aMedia = (overrides: Partial<MediaInput> & Pick<MediaInput, 'instagram_id'>): MediaInput => ({
  username: 'harbour.house',
  caption: 'Morning over the harbour',
  media_type: 'IMAGE',
  media_product_type: 'FEED',
  media_url: `https://scontent-a.test/v/${overrides.instagram_id}_n.jpg?oe=1`,
  thumbnail_url: null,
  permalink: `https://www.instagram.com/p/${overrides.instagram_id}/`,
  shortcode: overrides.instagram_id,
  alt_text: null,
  timestamp: '2026-01-02T03:04:05Z',
  like_count: 3,
  comments_count: 1,
  comments_enabled: true,
  children: [],
  ...overrides,
});

/** Connects an account that nobody will ask Instagram about: its token opens nothing. */
export const givenAccount = (pool: DatabasePool, instagramId: string): Promise<Account> =>
  createAccountRepository(pool).connect({
    instagram_id: instagramId,
    login: 'instagram',
    username: 'harbour.house',
    name: null,
    account_type: null,
    media_count: null,
    token_ciphertext: Buffer.of(0),
    token_key_id: 'none',
    token_cipher_version: 0,
    token_fingerprint: instagramId,
    token_expires_at: null,
    data_access_expires_at: null,
    scopes: null,
    sync_interval_minutes: 60,
    grant: { principal: EVERYBODY, granted_by: 'operator' },
  });

/** Stores media as a sync would, outside of any run. */
export const givenPosts = (pool: DatabasePool, account: Account, ...media: readonly MediaInput[]) =>
  storePage(pool, { account_id: account.id, run_id: null, read_at: null, media });
