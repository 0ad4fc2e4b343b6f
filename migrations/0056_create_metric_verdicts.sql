-- What Instagram said of metrics, object by object: one object's refusal is its own, and only several of a kind say
-- something about the kind. `insights_quarantine`, which believed the first, is read by older code alone from here on; a
-- later migration drops it.

-- Up Migration
CREATE TABLE metric_verdicts (
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  graph_version text NOT NULL,
  surface text NOT NULL, -- what is measured: FEED, REELS, STORY, ACCOUNT …
  media_type text NOT NULL, -- IMAGE, VIDEO, CAROUSEL_ALBUM …; empty for the account itself
  metric text NOT NULL,
  instagram_id text NOT NULL, -- the object that Instagram was asked about
  verdict text NOT NULL CHECK (verdict IN ('refused', 'given', 'as_total')), -- as_total: given with metric_type=total_value alone
  at timestamptz NOT NULL,
  PRIMARY KEY (account_id, graph_version, surface, media_type, metric, instagram_id)
);

-- Down Migration
DROP TABLE metric_verdicts;
