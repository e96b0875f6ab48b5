-- Up Migration

-- PostgreSQL compresses a long document with its own pglz unless told otherwise, which is a third of what storing it costs;
-- lz4 does it in a fraction of the time. A server may have been built without it: then nothing changes. What is stored
-- already stays as it is until it is written again.
do $$ begin
  if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) then
    alter table pokeapi_resources alter column data set compression lz4;
  end if;
end $$;
