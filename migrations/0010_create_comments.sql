-- The mirror of an account's comments and replies, and how far each post's were last read. A re-read rewrites counts and
-- the seen marker of every row, so no index names them (as on posts).

-- Up Migration
CREATE TABLE comments (
  account_id bigint NOT NULL,
  id bigint NOT NULL,
  instagram_id text NOT NULL,
  post_id bigint NOT NULL,
  parent_id bigint, -- of a reply: always the top-level comment
  text text, -- null where there is none: stickers
  username text,
  commented_at timestamptz(0) NOT NULL,
  like_count bigint,
  hidden boolean NOT NULL DEFAULT false,
  gone_at timestamptz, -- deleted, here or on Instagram
  seen_run_id bigint, -- the sync run that saw it last
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, id),
  UNIQUE (account_id, instagram_id),
  FOREIGN KEY (account_id, post_id) REFERENCES posts (account_id, id) ON DELETE CASCADE,
  FOREIGN KEY (account_id, parent_id) REFERENCES comments (account_id, id) ON DELETE CASCADE
) WITH (fillfactor = 70);

CREATE INDEX comments_newest_first ON comments (account_id, post_id, commented_at DESC, id DESC);
CREATE INDEX comments_by_thread ON comments (account_id, parent_id, commented_at DESC, id DESC)
  WHERE parent_id IS NOT NULL;

CREATE TABLE comment_walks (
  account_id bigint NOT NULL,
  post_id bigint NOT NULL,
  comments_count bigint, -- the post's own count when its comments were last read whole; null: to be read again
  read_at timestamptz, -- when that was
  run_id bigint NOT NULL, -- the run that walks, or was the last to
  begun_at timestamptz NOT NULL,
  after text, -- Instagram's cursor; null: at the top
  state text NOT NULL CHECK (state IN ('listing', 'probing', 'ended')),
  PRIMARY KEY (account_id, post_id),
  FOREIGN KEY (account_id, post_id) REFERENCES posts (account_id, id) ON DELETE CASCADE
) WITH (fillfactor = 70);

-- Down Migration
DROP TABLE comment_walks;
DROP TABLE comments;
