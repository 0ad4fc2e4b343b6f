-- The followers of a day are stored before its insights are read. Where reading them fails, the day is still missing: a row alone
-- does not tell. Code of before writes rows without the time; their days are asked for once more.

-- Up Migration
ALTER TABLE account_figures ADD COLUMN measured_at timestamptz; -- when its insights were read; null: not yet
UPDATE account_figures SET measured_at = captured_at WHERE metrics - '{followers,follows,media}'::text[] <> '{}'::jsonb;

-- Down Migration
ALTER TABLE account_figures DROP COLUMN measured_at;
