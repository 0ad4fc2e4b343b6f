-- Connected Instagram accounts, and the id scheme of every table: nextval × 1024 + account_id mod 1024, so that an id
-- stays below 2^53 and alone names the partition its row would live in once tables are split by account.

-- Up Migration
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE SEQUENCE row_ids AS bigint MAXVALUE 8796093022206; -- 2^43 - 2: the highest id is still below 2^53

CREATE FUNCTION next_row_id(account_id bigint) RETURNS bigint
  LANGUAGE sql VOLATILE
  RETURN nextval('row_ids') * 1024 + account_id % 1024;

CREATE TABLE accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instagram_id text NOT NULL UNIQUE,
  login text NOT NULL CHECK (login IN ('instagram', 'facebook')),
  username text,
  name text,
  account_type text,
  media_count integer,
  -- The token: cipher text only, with what is needed to read it again. Fingerprints of every token ever handed to us
  -- (not of refreshed ones), so that a restart with an old variable never overwrites a refreshed token.
  token_ciphertext bytea NOT NULL,
  token_key_id text NOT NULL,
  token_cipher_version smallint NOT NULL,
  token_fingerprints text[] NOT NULL DEFAULT '{}',
  token_expires_at timestamptz,
  token_state text NOT NULL DEFAULT 'alive' CHECK (token_state IN ('alive', 'dead')),
  token_error jsonb, -- Instagram's words when the token was found dead
  covered_run_id bigint, -- the last sync run that ended without a gap
  connected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Down Migration
DROP TABLE accounts;
DROP FUNCTION next_row_id(bigint);
DROP SEQUENCE row_ids;
DROP EXTENSION btree_gin;
DROP EXTENSION pg_trgm;
