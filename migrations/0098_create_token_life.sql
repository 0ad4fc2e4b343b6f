-- What the life of a token needs: since when it is ours, its successor until that has worked, and when Instagram refused it
-- first. Code of before refreshes nothing, and reads none of it.

-- Up Migration
ALTER TABLE accounts
  ADD COLUMN token_since timestamptz, -- when this token came to us, or was refreshed
  ADD COLUMN token_refused_at timestamptz, -- when Instagram refused this token first; null: it did not, or has taken it since
  ADD COLUMN next_token_ciphertext bytea, -- the refreshed token, until it has read the account
  ADD COLUMN next_token_key_id text,
  ADD COLUMN next_token_cipher_version smallint,
  ADD COLUMN next_token_expires_at timestamptz;

UPDATE accounts SET token_since = connected_at;

-- Down Migration
ALTER TABLE accounts
  DROP COLUMN token_since, DROP COLUMN token_refused_at, DROP COLUMN next_token_ciphertext, DROP COLUMN next_token_key_id,
  DROP COLUMN next_token_cipher_version, DROP COLUMN next_token_expires_at;
