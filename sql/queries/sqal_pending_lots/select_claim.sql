SELECT statut, prise_par FROM sqal_pending_lots WHERE lot_id = $1
