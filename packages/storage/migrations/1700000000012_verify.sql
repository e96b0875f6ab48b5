-- Up Migration

-- Puts stored documents in doubt: nothing is known of them any more but that they are there, so that the next event
-- fetches them whole and stores them anew, whatever their content. Until then they are read as before.
create function pokepedia_doubt_resources(p_paths text[]) returns void language sql as $$
  update pokepedia_resource_checks set etag = null where path = any (p_paths);
  update pokeapi_resources set etag = null, content_hash = '' where path = any (p_paths);
$$;

-- The same for stored files: never checked, without a validator, with a hash that no file has.
create function pokepedia_doubt_assets(p_urls text[]) returns void language sql as $$
  update pokepedia_assets set etag = null, sha256 = '', checked_at = 'epoch' where source_url = any (p_urls);
$$;
