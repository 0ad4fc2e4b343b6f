-- What is done for each account by itself, again and again: a row a task, with a lease and a due time, as all other work has
-- them. Code of before wakes none of them.

-- Up Migration
CREATE TABLE account_tasks (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  task text NOT NULL,
  due_at timestamptz NOT NULL, -- by its schedule: what is not done tells by it how late it is
  every interval NOT NULL, -- between two turns that end well
  done_at timestamptz, -- when it ended well last
  lease_epoch integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  attempts smallint NOT NULL DEFAULT 0,
  throttles smallint NOT NULL DEFAULT 0,
  resumes_at timestamptz,
  next_wake_at timestamptz NOT NULL,
  error jsonb, -- why it could not be done last time
  PRIMARY KEY (account_id, id),
  UNIQUE (account_id, task)
) WITH (fillfactor = 70);
CREATE INDEX account_tasks_due ON account_tasks (next_wake_at);

-- Down Migration
DROP TABLE account_tasks;
