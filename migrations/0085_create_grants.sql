-- Who sees an account and acts for it, and what an account needs to live by itself: whether it works, how often it is synced,
-- what its token may do. All that is connected today is everybody's (`*`), as it was. An account that code of before connects
-- has no grant: until it is connected once more, only the scope `accounts:all` sees it.

-- Up Migration
CREATE TABLE grants (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  principal text NOT NULL CHECK (principal <> ''), -- as tokens name their holders; '*': everybody
  role text NOT NULL CHECK (role IN ('owner', 'member')),
  granted_by text NOT NULL, -- a principal, or 'operator'
  created_at timestamptz NOT NULL DEFAULT service_now(),
  updated_at timestamptz NOT NULL DEFAULT service_now(),
  PRIMARY KEY (account_id, principal),
  -- Everybody owns nothing: or whoever comes first would change the others' grants.
  CHECK (principal <> '*' OR role = 'member')
);
CREATE UNIQUE INDEX grants_of_principal ON grants (principal, account_id);

INSERT INTO grants (account_id, principal, role, granted_by) SELECT id, '*', 'member', 'operator' FROM accounts;

ALTER TABLE accounts
  ADD COLUMN status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'paused', 'needs_login', 'disconnected')),
  ADD COLUMN sync_interval_minutes integer NOT NULL DEFAULT 60 CHECK (sync_interval_minutes BETWEEN 0 AND 1440), -- 0: never
  ADD COLUMN sync_include text[] NOT NULL DEFAULT '{}',
  ADD COLUMN scopes text[], -- null: Meta has not been asked what the token may do
  ADD COLUMN data_access_expires_at timestamptz,
  ADD COLUMN token_refreshed_at timestamptz,
  ADD COLUMN profile_picture_url text,
  ADD COLUMN followers_count integer,
  ADD COLUMN follows_count integer;

-- Down Migration
ALTER TABLE accounts
  DROP COLUMN status, DROP COLUMN sync_interval_minutes, DROP COLUMN sync_include, DROP COLUMN scopes,
  DROP COLUMN data_access_expires_at, DROP COLUMN token_refreshed_at, DROP COLUMN profile_picture_url,
  DROP COLUMN followers_count, DROP COLUMN follows_count;
DROP TABLE grants;
