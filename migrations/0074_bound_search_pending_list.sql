-- Captions that wait to be merged into the search index are few from now on. A search reads all that wait, and the planner
-- knows it: with the 64 MB of migration 0002 a search during a first sync of 10,000 posts read the whole table instead.
-- With 1 MB it asks the index from a few hundred posts on, and a page of posts waits 10 % longer for the merges.
-- Nobody has to tidy up after a large sync any more. Code of the version before tries, and warns that it could not.

-- Up Migration
ALTER INDEX posts_caption_search SET (gin_pending_list_limit = 1024);
DROP FUNCTION tidy_mirror();

-- Down Migration
CREATE FUNCTION tidy_mirror() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
  PERFORM gin_clean_pending_list('posts_caption_search');
  ANALYZE (SKIP_LOCKED) posts, comments;
END
$$;
ALTER INDEX posts_caption_search SET (gin_pending_list_limit = 65536);
