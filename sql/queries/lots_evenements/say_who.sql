-- Who, his role, why, and the number of the request: for the events of this transaction.
SELECT set_config('gaveurs.par', $1, true), set_config('gaveurs.role', $2, true), set_config('gaveurs.motif', $3, true),
    set_config('gaveurs.requete', $4, true)
