-- Files handed to us for publishing. The object lies in S3 under `key`; the row says what it may be, and once it was looked
-- at, which version of it that was: nothing else is ever published.

-- Up Migration
CREATE TABLE uploads (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  key text NOT NULL,
  content_type text NOT NULL, -- as declared; as found by content once it was looked at
  size bigint NOT NULL, -- bytes
  etag text, -- of the version that was looked at; null: not looked at yet
  version_id text, -- null where the bucket keeps no versions
  facts jsonb, -- what was found in it
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL, -- the object is deleted by the bucket's lifecycle about then
  PRIMARY KEY (account_id, id),
  UNIQUE (account_id, key),
  CHECK ((etag IS NULL) = (facts IS NULL))
);

-- Down Migration
DROP TABLE uploads;
