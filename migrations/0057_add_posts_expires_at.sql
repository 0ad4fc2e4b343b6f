-- A story is over 24 hours after it was published. Computed when it is read: rows that older code writes have it, too, and
-- no row is written anew. By way of UTC, because PostgreSQL takes adding to a timestamptz for dependent on the session.

-- Up Migration
ALTER TABLE posts ADD COLUMN expires_at timestamptz GENERATED ALWAYS AS (
  CASE WHEN media_product_type = 'STORY' THEN
    ((posted_at AT TIME ZONE 'UTC') + interval '24 hours') AT TIME ZONE 'UTC'
  END
) VIRTUAL;

-- Down Migration
ALTER TABLE posts DROP COLUMN expires_at;
