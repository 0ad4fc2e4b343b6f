-- Callers have one name each: a token's `sub`, or `client:<client_id>`, and `local` where there is no issuer. Keys stored for
-- `anonymous` go on as `local`'s. What was stored under names that nobody can have any longer is put out of the reach of who
-- has them now: a control character begins no name. Code of before only loses sight of its older keys.

-- Up Migration
UPDATE intents SET principal = 'local'
WHERE principal = 'anonymous' AND NOT EXISTS (
  SELECT FROM intents AS other
  WHERE other.account_id = intents.account_id AND other.principal = 'local'
    AND other.idempotency_key = intents.idempotency_key
);
UPDATE intents SET principal = chr(1) || principal WHERE principal LIKE 'client:%' OR principal = 'unidentified';

-- Down Migration
UPDATE intents SET principal = substr(principal, 2) WHERE principal LIKE chr(1) || '%';
UPDATE intents SET principal = 'anonymous'
WHERE principal = 'local' AND NOT EXISTS (
  SELECT FROM intents AS other
  WHERE other.account_id = intents.account_id AND other.principal = 'anonymous'
    AND other.idempotency_key = intents.idempotency_key
);
