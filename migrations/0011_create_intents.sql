-- Intents: what is to happen once on Instagram. The row is committed before anything is sent, so whatever becomes of the
-- sender, whoever comes next knows that something may have happened, and by when it must show.

-- Up Migration
CREATE TABLE intents (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  kind text NOT NULL,
  target_id text NOT NULL, -- what it is done to, by Instagram's id
  post_id bigint, -- the same in our own ids, as far as the kind has them
  parent_id bigint,
  text text,
  text_digest text NOT NULL, -- of the text as it is compared: two intents alike in target and digest are siblings
  state text NOT NULL DEFAULT 'sending'
    CHECK (state IN ('sending', 'pending', 'unknown', 'confirmed', 'refused', 'abandoned')),
  attempt smallint NOT NULL DEFAULT 1, -- sends that may have had an effect, the one under way included
  fence integer NOT NULL DEFAULT 1, -- grows with every send: whoever sent an earlier one cannot say that it failed
  first_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  send_by timestamptz NOT NULL, -- nothing is sent after it, and the socket is closed by then
  settle_until timestamptz, -- an effect that does not show by then did not happen; null: none is to be expected
  not_before timestamptz, -- of 'pending'
  resendable boolean NOT NULL DEFAULT true, -- Instagram has not answered with what rules a second send out
  absent_reads smallint NOT NULL DEFAULT 0, -- counted ones since the last send
  last_absent_at timestamptz,
  next_read_at timestamptz, -- of 'unknown'; pushed ahead by whoever reads, so that one reads at a time
  background_reads smallint NOT NULL DEFAULT 0,
  external_id text, -- the effect, by Instagram's id
  evidence text CHECK (evidence IN ('answer', 'readback')),
  verify boolean NOT NULL DEFAULT false, -- sent twice: to be looked at once more for a second effect
  second_effects text[] NOT NULL DEFAULT '{}', -- effects beyond the one that was wanted, by Instagram's id
  principal text, -- null: ours, or a caller that gave no key; then the key is one of our own
  idempotency_key text NOT NULL,
  request_hash text NOT NULL,
  outcome jsonb, -- what the request is answered with, for good
  error jsonb, -- what the last send failed with
  next_wake_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, id),
  UNIQUE NULLS NOT DISTINCT (account_id, principal, idempotency_key),
  UNIQUE (account_id, external_id), -- one effect serves one intent, whatever their kinds
  CHECK ((state = 'confirmed') = (evidence IS NOT NULL)),
  CHECK (external_id IS NULL OR state = 'confirmed')
);

CREATE INDEX intents_alike ON intents (account_id, target_id, text_digest, id);
CREATE INDEX intents_due ON intents (next_wake_at) WHERE next_wake_at IS NOT NULL;
CREATE INDEX intents_oldest_first ON intents (created_at);

-- Down Migration
DROP TABLE intents;
