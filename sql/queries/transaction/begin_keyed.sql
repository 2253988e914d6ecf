-- For batches: every statement finds its rows by key, however few rows there are just now, so that it need not be planned anew each time.
BEGIN;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_seqscan = off;
