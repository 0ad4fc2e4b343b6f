-- Sync runs that read the last 30 days again. Such a run is stored as an incremental one with a time: code of before goes on with
-- it as an incremental run, which ends sooner.

-- Up Migration
ALTER TABLE sync_runs ADD COLUMN recent_since timestamptz; -- of a `recent` run: it ends behind the posts from after this

-- Down Migration
ALTER TABLE sync_runs DROP COLUMN recent_since;
