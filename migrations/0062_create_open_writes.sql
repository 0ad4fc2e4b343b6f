-- Writes that set an object on Instagram to a value (a comment hidden, shown or deleted, a post's comments switched). A row
-- stands for one object for as long as such a write is under way or its effect is in doubt; no row: what is stored is true.

-- Up Migration
CREATE TABLE open_writes (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  object text NOT NULL CHECK (object IN ('comment', 'post')),
  object_id bigint NOT NULL,
  epoch bigint NOT NULL, -- of whoever began a write or a read-back last: only that one may store what it brought
  overlapped boolean NOT NULL DEFAULT false, -- a write began while another was open: only a read-back tells which came last
  begun bigint[] NOT NULL, -- the epochs of writes that have not ended
  ends_by timestamptz NOT NULL, -- nothing of what is begun can take effect after it: a write that has not ended crashed
  next_wake_at timestamptz NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT service_now(),
  PRIMARY KEY (account_id, id),
  UNIQUE (account_id, object, object_id)
) WITH (fillfactor = 70);

CREATE INDEX open_writes_due ON open_writes (next_wake_at);

-- Down Migration
DROP TABLE open_writes;
