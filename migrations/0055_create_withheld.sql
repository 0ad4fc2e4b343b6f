-- What Instagram would not give of one post, while it gave the same of others: shown on the post, and not asked for again
-- before its time. Code that does not know the table asks for everything, as it did before.

-- Up Migration
CREATE TABLE withheld (
  account_id bigint NOT NULL,
  post_id bigint NOT NULL,
  what text NOT NULL CHECK (what IN ('comments', 'insights')),
  code text NOT NULL, -- a problem code of ours
  detail text NOT NULL, -- in words, for people
  tries integer NOT NULL, -- refused so many times in a row: the pause grows with them
  retry_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, post_id, what),
  FOREIGN KEY (account_id, post_id) REFERENCES posts (account_id, id) ON DELETE CASCADE
);

-- Down Migration
DROP TABLE withheld;
