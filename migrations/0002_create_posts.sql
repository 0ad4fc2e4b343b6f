-- The mirror of an account's media. A repeated sync rewrites links, counts and the seen marker of every row, so half of
-- each page is left free and no index names such a column: those updates stay heap-only (HOT).

-- Up Migration

-- A text as it is searched: case and compatibility forms folded. Most captions are normalized as they are, and finding
-- that out is three times as fast as normalizing them.
CREATE FUNCTION searchable(original text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN original IS NFKC NORMALIZED THEN lower(original) ELSE lower(normalize(original, NFKC)) END;

CREATE TABLE posts (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  instagram_id text NOT NULL,
  username text,
  caption text,
  -- searchable(caption), written by the upsert. Not GENERATED: that is computed anew at every update, and a long
  -- caption's new value, not compressed yet, never equals the stored one: neither HOT nor free of a second TOAST.
  caption_search text,
  media_type text NOT NULL,
  media_product_type text,
  media_url text,
  thumbnail_url text,
  permalink text,
  shortcode text,
  alt_text text,
  posted_at timestamptz(0) NOT NULL,
  like_count bigint,
  comments_count bigint,
  comments_enabled boolean,
  children jsonb NOT NULL DEFAULT '[]',
  children_key text, -- a hash of what of the children is compared: their links are signed anew at every read
  gone_at timestamptz,
  seen_run_id bigint, -- the sync run that saw it last
  probed_at timestamptz, -- when it was last asked for by id because a listing lacked it
  synced_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- when a canonical field changed, not when it was seen
  PRIMARY KEY (account_id, id),
  UNIQUE (account_id, instagram_id)
) WITH (fillfactor = 50);

CREATE INDEX posts_newest_first ON posts (account_id, posted_at DESC, id DESC);
CREATE INDEX posts_by_media_type ON posts (account_id, media_type, posted_at DESC, id DESC);
-- New captions wait in a list that every search reads too, and are merged by the page that fills it, or by autovacuum.
-- 64 MB hold about 14,000 of them: a first sync then waits for no merge, and a search meanwhile takes 40 ms longer.
CREATE INDEX posts_caption_search ON posts USING gin (account_id, caption_search gin_trgm_ops)
  WITH (gin_pending_list_limit = 65536);

-- Down Migration
DROP TABLE posts;
DROP FUNCTION searchable(text);
