-- $1 gaveur. His site; locked until the commit, so that two lots are not planned for him at once.
SELECT site_code FROM gaveurs_euralis WHERE id = $1 FOR NO KEY UPDATE
