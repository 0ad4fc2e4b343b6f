-- What Instagram says of how media and accounts do: a row for each time it was asked, never changed. And which metrics it
-- refuses for now, so that each costs its search once.

-- Up Migration
CREATE TABLE insights (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  instagram_id text NOT NULL, -- of the medium, or of the account itself
  captured_at timestamptz NOT NULL,
  since timestamptz, -- of an account: the days the figures are for
  until timestamptz,
  whole boolean NOT NULL, -- all metrics were asked for, not some by name
  metrics jsonb NOT NULL, -- by name; one without a value is left out
  unavailable jsonb NOT NULL, -- what has no value, and why
  PRIMARY KEY (account_id, instagram_id, captured_at)
);

CREATE TABLE insights_quarantine (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  graph_version text NOT NULL,
  surface text NOT NULL, -- what is measured: FEED, REELS, STORY, ACCOUNT …
  metric text NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (account_id, graph_version, surface, metric)
);

-- Down Migration
DROP TABLE insights_quarantine;
DROP TABLE insights;
