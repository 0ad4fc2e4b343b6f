-- What each caller has used of its limits (requests a second, upload bytes a day), so that one caller cannot starve the
-- others. Unlogged: it is written with every request, and after a crash every caller begins anew. Code of before counts
-- nothing. `account_id` does not lead its key: callers are not accounts' own.

-- Up Migration
CREATE UNLOGGED TABLE allowances (
  principal text NOT NULL,
  kind text NOT NULL,
  -- When all that was used is available again: each use moves it ahead by the time that the limit has for so much.
  free_at timestamptz NOT NULL,
  PRIMARY KEY (principal, kind)
) WITH (fillfactor = 50);

-- Takes from an allowance that is whole after `whole_in`, `worth` of it; null: not so much is left. By its owner's rights,
-- because functions that only read log in as a user that may write nothing.
CREATE FUNCTION take_allowance(caller text, what text, worth interval, whole_in interval) RETURNS timestamptz
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    INSERT INTO allowances AS stored (principal, kind, free_at) VALUES (caller, what, service_now() + worth)
    ON CONFLICT (principal, kind) DO UPDATE SET free_at = greatest(stored.free_at, service_now()) + worth
    WHERE greatest(stored.free_at, service_now()) + worth <= service_now() + whole_in
    RETURNING free_at
  $$;

-- Down Migration
DROP FUNCTION take_allowance(text, text, interval, interval);
DROP TABLE allowances;
