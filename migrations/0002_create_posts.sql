-- The mirror of an account's media. A repeated sync rewrites links, counts and the seen marker of every row, so half of
-- each page is left free and no index names such a column: those updates stay heap-only (HOT).

-- Up Migration
CREATE TABLE posts (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  instagram_id text NOT NULL,
  username text,
  caption text,
  caption_search text GENERATED ALWAYS AS (lower(normalize(caption, NFKC))) STORED,
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
CREATE INDEX posts_caption_search ON posts USING gin (account_id, caption_search gin_trgm_ops);

-- Down Migration
DROP TABLE posts;
