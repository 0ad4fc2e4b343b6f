-- Publications: media to be published on Instagram, once each. A row is the work itself (state, lease, due time), its
-- intent says what became of the one call that shows; a queue message is only a wake-up.

-- Up Migration
CREATE TABLE publications (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('image', 'reel', 'story', 'carousel')),
  status text NOT NULL CHECK (
    status IN ('scheduled', 'queued', 'processing', 'publishing', 'published', 'failed', 'unknown', 'cancelled')
  ),
  request jsonb NOT NULL, -- what is to be published: files by their URL or upload, and what goes with them
  caption text,
  first_comment text,
  scheduled_at timestamptz(0),
  due_at timestamptz NOT NULL, -- when it was to begin: patience is counted from then
  containers_needed smallint NOT NULL, -- an album of n parts takes n + 1 of the account's 400 a day
  intent_id bigint, -- null: forgotten, as the request's key is
  media_id text, -- null, if published: which media it is cannot be told
  post_id bigint,
  permalink text,
  published_at timestamptz,
  mirrored boolean NOT NULL DEFAULT false, -- the post was read from Instagram since, or will be by a sync
  comment jsonb, -- what became of the first comment
  error jsonb,
  lease_epoch integer NOT NULL DEFAULT 0, -- the fence: a write carries the epoch it took the lease with
  lease_until timestamptz,
  attempts smallint NOT NULL DEFAULT 0, -- leases taken since the last progress
  throttles smallint NOT NULL DEFAULT 0, -- waits for Instagram's rate limit since the last progress
  resumes_at timestamptz, -- nobody works at it before
  next_wake_at timestamptz, -- null: there is nothing left to do
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, id),
  UNIQUE (account_id, intent_id),
  FOREIGN KEY (account_id, intent_id) REFERENCES intents (account_id, id) ON DELETE SET NULL (intent_id),
  FOREIGN KEY (account_id, post_id) REFERENCES posts (account_id, id) ON DELETE SET NULL (post_id)
) WITH (fillfactor = 70);

CREATE INDEX publications_due ON publications (next_wake_at) WHERE next_wake_at IS NOT NULL;
-- What counts against the account's quota.
CREATE INDEX publications_by_published_at ON publications (account_id, published_at) WHERE published_at IS NOT NULL;
CREATE INDEX publications_reserved ON publications (account_id) WHERE status IN ('queued', 'processing', 'publishing');
CREATE INDEX publications_by_post ON publications (account_id, post_id) WHERE post_id IS NOT NULL;

-- Containers: media that Instagram prepares for publishing, good for 24 hours.
CREATE TABLE containers (
  account_id bigint NOT NULL,
  id bigint NOT NULL,
  publication_id bigint NOT NULL,
  part smallint, -- of a carousel, from 0; null: the publication's own
  instagram_id text, -- null: being made, or lost with Instagram's answer
  live boolean NOT NULL DEFAULT true, -- what the publication goes by; others were given up
  status_code text, -- as last read; null: not yet
  error jsonb, -- what it failed of
  looks smallint NOT NULL DEFAULT 0,
  looked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, id),
  FOREIGN KEY (account_id, publication_id) REFERENCES publications (account_id, id) ON DELETE CASCADE
) WITH (fillfactor = 70);

CREATE INDEX containers_of_publication ON containers (account_id, publication_id);
CREATE UNIQUE INDEX containers_one_live ON containers (account_id, publication_id, coalesce(part, -1)) WHERE live;
CREATE INDEX containers_by_day ON containers (account_id, created_at);

-- Publications follow their intents themselves.
DROP INDEX intents_due;
CREATE INDEX intents_due ON intents (next_wake_at) WHERE next_wake_at IS NOT NULL AND kind <> 'publish';
-- Intents whose effects cannot be told from one another.
CREATE INDEX intents_publish_alike ON intents (account_id, text_digest) WHERE kind = 'publish';

-- Down Migration
DROP INDEX intents_publish_alike;
DROP INDEX intents_due;
CREATE INDEX intents_due ON intents (next_wake_at) WHERE next_wake_at IS NOT NULL;
DROP TABLE containers;
DROP TABLE publications;
