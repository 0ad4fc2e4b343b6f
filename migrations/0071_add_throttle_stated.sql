-- Whether Instagram stated how long it wants no calls, or we took the usual time: what it states later replaces our guess.
-- Code of before leaves the column alone: its pauses count as guesses.

-- Up Migration
ALTER TABLE usage ADD COLUMN throttle_stated boolean NOT NULL DEFAULT false;

-- Down Migration
ALTER TABLE usage DROP COLUMN throttle_stated;
