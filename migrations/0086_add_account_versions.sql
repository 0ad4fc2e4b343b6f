-- What tells two states of an account's settings apart (`If-Match`), and the order of its grants in lists. Code of before
-- neither reads nor sets them: what it changes is no setting.

-- Up Migration
ALTER TABLE accounts ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE grants ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY;
CREATE UNIQUE INDEX grants_in_order ON grants (account_id, seq);

-- Down Migration
ALTER TABLE grants DROP COLUMN seq;
ALTER TABLE accounts DROP COLUMN version;
