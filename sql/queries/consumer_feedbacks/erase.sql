-- $1 digest of a receipt.
DELETE FROM consumer_feedbacks WHERE recu = $1 RETURNING feedback_id
