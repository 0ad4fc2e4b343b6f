-- When what a row says was read from Instagram, or done there by us: what was read earlier changes nothing, however late it
-- is stored. Not indexed: a repeated sync writes it.

-- Up Migration
ALTER TABLE posts ADD COLUMN observed_at timestamptz;
ALTER TABLE comments ADD COLUMN observed_at timestamptz;

-- Down Migration
ALTER TABLE comments DROP COLUMN observed_at;
ALTER TABLE posts DROP COLUMN observed_at;
