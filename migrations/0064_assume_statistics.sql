-- What the planner assumes of tables that nobody has analysed yet. Left to its own guesses it takes one row in 200 to be an
-- account's, and one in 200 of those to be still on Instagram, so it reads and sorts all of them where the index has the
-- first page ready: for the minutes between a first sync and autovacuum. These take all rows to be one account's and still
-- there. The first ANALYZE replaces them by what is true.

-- Up Migration
DO $$
DECLARE
  assumed record;
BEGIN
  FOR assumed IN
    SELECT * FROM (VALUES
      ('posts', 'account_id', 1, 0), ('posts', 'gone_at', 0, 1), ('posts', 'expires_at', 0, 1),
      ('posts', 'media_type', 2, 0),
      ('comments', 'account_id', 1, 0), ('comments', 'post_id', 2, 0), ('comments', 'parent_id', 3, 0.2),
      ('comments', 'gone_at', 0, 1),
      ('publications', 'account_id', 1, 0), ('publications', 'next_wake_at', -1, 0.5),
      ('sync_runs', 'account_id', 1, 0), ('sync_runs', 'status', 2, 0), ('sync_runs', 'next_wake_at', -1, 0.5),
      ('intents', 'account_id', 1, 0), ('intents', 'kind', 3, 0), ('intents', 'next_wake_at', -1, 0.5)
    ) AS assumption (relation, attribute, distinct_values, null_fraction)
  LOOP
    PERFORM pg_restore_attribute_stats(
      'schemaname', current_schema()::text, 'relname', assumed.relation, 'attname', assumed.attribute,
      'inherited', false, 'version', current_setting('server_version_num')::integer,
      'null_frac', assumed.null_fraction::real, 'avg_width', 8, 'n_distinct', assumed.distinct_values::real
    );
  END LOOP;
END
$$;

-- Down Migration
SELECT pg_clear_attribute_stats(current_schema()::text, relation, attribute, false) FROM (VALUES
  ('posts', 'account_id'), ('posts', 'gone_at'), ('posts', 'expires_at'), ('posts', 'media_type'),
  ('comments', 'account_id'), ('comments', 'post_id'), ('comments', 'parent_id'), ('comments', 'gone_at'),
  ('publications', 'account_id'), ('publications', 'next_wake_at'),
  ('sync_runs', 'account_id'), ('sync_runs', 'status'), ('sync_runs', 'next_wake_at'),
  ('intents', 'account_id'), ('intents', 'kind'), ('intents', 'next_wake_at')
) AS assumption (relation, attribute);
