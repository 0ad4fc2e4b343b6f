-- An account's figures of each day of UTC, as they were when it was over: what Instagram tells of a day later is less, and of
-- followers it tells nothing but today's number. Code of before neither writes nor reads them.

-- Up Migration
CREATE TABLE account_figures (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  day date NOT NULL,
  metrics jsonb NOT NULL, -- numbers by name; what Instagram did not tell is not there
  captured_at timestamptz NOT NULL DEFAULT service_now(),
  PRIMARY KEY (account_id, day)
);

-- Down Migration
DROP TABLE account_figures;
