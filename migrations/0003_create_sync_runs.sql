-- Sync runs: a row is the work itself (state, lease, due time, position); a queue message is only a wake-up for it.

-- Up Migration
CREATE TABLE sync_runs (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  mode text NOT NULL CHECK (mode IN ('full', 'incremental')),
  include text[] NOT NULL DEFAULT '{}',
  accept_missing boolean NOT NULL DEFAULT false,
  status text NOT NULL DEFAULT 'queued'
    CHECK (status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
  done text[] NOT NULL DEFAULT '{}', -- phases finished: media, missing, …; what comes next follows from it and from what is asked
  position jsonb, -- where the next page starts; null: at the top
  cursors_seen text[] NOT NULL DEFAULT '{}', -- hashes of the cursors followed in this pass: a repeated one is a loop
  restarts smallint NOT NULL DEFAULT 0, -- passes begun again after a cursor became invalid
  pages integer NOT NULL DEFAULT 0,
  fetched integer NOT NULL DEFAULT 0,
  created integer NOT NULL DEFAULT 0,
  updated integer NOT NULL DEFAULT 0,
  unchanged integer NOT NULL DEFAULT 0,
  gone integer NOT NULL DEFAULT 0,
  expected integer,
  warnings text[] NOT NULL DEFAULT '{}',
  complete boolean NOT NULL DEFAULT false, -- the walk reached the absent `next`
  contiguous boolean NOT NULL DEFAULT false, -- it ended there or at a page that an earlier contiguous run covers
  floor timestamptz, -- nothing posted up to here may be called missing: the listing was cut off near it
  probed smallint NOT NULL DEFAULT 0, -- missing posts asked for by id in this run
  error jsonb,
  cancel_requested_at timestamptz,
  lease_epoch integer NOT NULL DEFAULT 0, -- the fence: a write carries the epoch it took the lease with
  lease_until timestamptz,
  attempts smallint NOT NULL DEFAULT 0, -- leases taken since the last progress
  throttles smallint NOT NULL DEFAULT 0, -- waits since the last progress, for a growing pause
  next_wake_at timestamptz,
  resumes_at timestamptz,
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (account_id, id)
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX sync_runs_one_active ON sync_runs (account_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX sync_runs_due ON sync_runs (next_wake_at) WHERE status IN ('queued', 'running', 'waiting');

-- Down Migration
DROP TABLE sync_runs;
