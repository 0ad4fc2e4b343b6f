-- What autovacuum does to posts and comments a minute or two after a first sync, for the sync to do at once. Until then a search reads
-- every caption that waits to be merged into its index, which costs more than reading the whole table, so it reads that.
-- And the planner takes a new account to have one post, if it has statistics of others.
-- SECURITY DEFINER, because only the owner of an index may merge what waits.

-- Up Migration
CREATE FUNCTION tidy_mirror() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
  PERFORM gin_clean_pending_list('posts_caption_search');
  ANALYZE (SKIP_LOCKED) posts, comments; -- whoever holds the lock is autovacuum, which analyses
END
$$;

-- Down Migration
DROP FUNCTION tidy_mirror();
