-- Up Migration

-- What works on a batch is planned anew each time, by what the tables hold at that moment. A plan made and kept while a
-- table was empty, and known to be (emptied and analysed), read all of it for each batch until the next analysis.
alter function pokepedia_end_batch(pokepedia_resource_in_batch[], text[]) set plan_cache_mode = force_custom_plan;
alter function pokepedia_project_batch(pokepedia_resource_in_batch[]) set plan_cache_mode = force_custom_plan;
alter function pokepedia_save_resources(jsonb, text[]) set plan_cache_mode = force_custom_plan;
alter function pokepedia_confirm_resources(jsonb) set plan_cache_mode = force_custom_plan;
alter function pokepedia_claim_changes_of(text[], interval) set plan_cache_mode = force_custom_plan;
alter function pokepedia_end_batch(pokepedia_asset_in_batch[], text[]) set plan_cache_mode = force_custom_plan;
alter function pokepedia_save_assets(jsonb) set plan_cache_mode = force_custom_plan;
alter function pokepedia_confirm_assets(jsonb) set plan_cache_mode = force_custom_plan;
