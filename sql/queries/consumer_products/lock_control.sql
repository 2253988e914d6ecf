-- $1 lot. How its control has ended, which stands still until the commit.
SELECT statut FROM sqal_pending_lots WHERE lot_id = $1 FOR SHARE
