-- For batches. Statements use keys even if tables are small now, so that their plans can be kept.
BEGIN;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_seqscan = off;
-- Tells the triggers for manual changes that this transaction computes the states of lots itself.
SET LOCAL gaveurs.computes = 'on';
