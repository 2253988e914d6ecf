SELECT statut, prise_par FROM sqal_pending_lots WHERE code_lot = $1
