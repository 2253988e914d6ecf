-- $1 position. How many entries behind it are of tabs and users, each of which is read once.
SELECT count(*) AS entries FROM journal WHERE position > $1 AND process = 0
