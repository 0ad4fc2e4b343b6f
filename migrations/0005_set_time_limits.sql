-- Time limits and time zone as settings of the database: RDS Proxy refuses them as start-up parameters, and a client
-- that was killed cannot be asked to keep to them. A role that needs others is given its own (ALTER ROLE … IN DATABASE).

-- Up Migration
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''10s''', current_database());
  EXECUTE format('ALTER DATABASE %I SET lock_timeout = ''5s''', current_database());
  EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = ''15s''', current_database());
  EXECUTE format('ALTER DATABASE %I SET transaction_timeout = ''30s''', current_database());
  EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', current_database());
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'time limits are not set: only the owner of database % may set them, see this migration', current_database();
END
$$;

-- Down Migration
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I RESET statement_timeout', current_database());
  EXECUTE format('ALTER DATABASE %I RESET lock_timeout', current_database());
  EXECUTE format('ALTER DATABASE %I RESET idle_in_transaction_session_timeout', current_database());
  EXECUTE format('ALTER DATABASE %I RESET transaction_timeout', current_database());
  EXECUTE format('ALTER DATABASE %I RESET timezone', current_database());
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'time limits stay as they are: only the owner of database % may reset them', current_database();
END
$$;
