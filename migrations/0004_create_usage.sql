-- What Instagram last said about an account's rate limit, and until when nothing may be sent.

-- Up Migration
CREATE TABLE usage (
  account_id bigint PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  percent smallint, -- the greatest figure of the last usage headers
  observed_at timestamptz,
  throttled_until timestamptz,
  writes_blocked_until timestamptz,
  writes_block jsonb -- Instagram's words when it blocked the account's writes
);

-- Down Migration
DROP TABLE usage;
