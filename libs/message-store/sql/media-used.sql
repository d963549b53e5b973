-- $1 account  $2 uuid id. Time does not go back for two that use it at once.
UPDATE media SET used_at = greatest(used_at, now()) WHERE account = $1 AND id = $2
