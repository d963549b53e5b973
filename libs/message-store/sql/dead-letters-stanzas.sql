-- $1 account  $2 bigint[] sequences -> what makes the ids of the messages that these stanzas would have become
SELECT customer, stanza_id, stanza_hash FROM dead_stanza WHERE account = $1 AND seq = ANY ($2::bigint[])
