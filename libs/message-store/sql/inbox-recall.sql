-- What messages from customers refer to.
-- $1 account  choices offered to: $2 smallint[] slot  $3 text[] customer  $4 offered after (ms)
-- messages from customers: $5 text[] customer  $6 text[] the phone's stanza id
-- -> offers: JSON array of {customer, message_id, choices}, or null  messages: JSON array of {customer, stanza_id, id}, or null
SELECT (SELECT json_agg(json_build_object('customer', o.customer, 'message_id', o.message_id, 'choices', o.choices))
        FROM unnest($2::smallint[], $3::text[]) AS w(slot, customer)
        JOIN offered_choices o ON o.account = $1 AND o.slot = w.slot AND o.customer = w.customer
        WHERE o.offered_at > to_timestamp($4::float8 / 1000)) AS offers,
       (SELECT json_agg(json_build_object('customer', m.customer, 'stanza_id', w.stanza_id, 'id', m.id) ORDER BY m.seq)
        FROM unnest($5::text[], $6::text[]) AS w(customer, stanza_id)
        JOIN message m ON m.account = $1 AND m.customer = w.customer AND m.body ->> 'stanza_id' = w.stanza_id AND m.state >= 10) AS messages
