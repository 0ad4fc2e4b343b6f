-- One source of time: every statement asks service_now(), so that a test can move the whole service's clock by replacing
-- one function. PostgreSQL inlines it: plans and cost are those of clock_timestamp().

-- Up Migration
CREATE FUNCTION service_now() RETURNS timestamptz
  LANGUAGE sql VOLATILE
  RETURN clock_timestamp();

ALTER TABLE accounts
  ALTER connected_at SET DEFAULT service_now(),
  ALTER updated_at SET DEFAULT service_now();
ALTER TABLE posts
  ALTER created_at SET DEFAULT service_now(),
  ALTER updated_at SET DEFAULT service_now();
ALTER TABLE comments
  ALTER created_at SET DEFAULT service_now(),
  ALTER updated_at SET DEFAULT service_now();
ALTER TABLE sync_runs ALTER requested_at SET DEFAULT service_now();
ALTER TABLE intents
  ALTER first_attempt_at SET DEFAULT service_now(),
  ALTER created_at SET DEFAULT service_now(),
  ALTER updated_at SET DEFAULT service_now();
ALTER TABLE uploads ALTER created_at SET DEFAULT service_now();
ALTER TABLE publications
  ALTER created_at SET DEFAULT service_now(),
  ALTER updated_at SET DEFAULT service_now();
ALTER TABLE containers ALTER created_at SET DEFAULT service_now();

-- Down Migration
ALTER TABLE containers ALTER created_at SET DEFAULT clock_timestamp();
ALTER TABLE publications
  ALTER created_at SET DEFAULT clock_timestamp(),
  ALTER updated_at SET DEFAULT clock_timestamp();
ALTER TABLE uploads ALTER created_at SET DEFAULT clock_timestamp();
ALTER TABLE intents
  ALTER first_attempt_at SET DEFAULT clock_timestamp(),
  ALTER created_at SET DEFAULT clock_timestamp(),
  ALTER updated_at SET DEFAULT clock_timestamp();
ALTER TABLE sync_runs ALTER requested_at SET DEFAULT clock_timestamp();
ALTER TABLE comments
  ALTER created_at SET DEFAULT clock_timestamp(),
  ALTER updated_at SET DEFAULT clock_timestamp();
ALTER TABLE posts
  ALTER created_at SET DEFAULT clock_timestamp(),
  ALTER updated_at SET DEFAULT clock_timestamp();
ALTER TABLE accounts
  ALTER connected_at SET DEFAULT clock_timestamp(),
  ALTER updated_at SET DEFAULT clock_timestamp();
DROP FUNCTION service_now();
