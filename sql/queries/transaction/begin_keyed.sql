-- For batches: every statement finds its rows by key, however few rows there are just now, so that it need not be planned anew each time.
BEGIN;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_seqscan = off;
-- The states of lots are computed by whoever writes in this transaction, not by the triggers for changes by hand.
SET LOCAL gaveurs.computes = 'on';
