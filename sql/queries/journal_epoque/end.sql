-- Ends the epoch: from now on screens are told of things that the journal does not hold.
DELETE FROM journal_epoque
