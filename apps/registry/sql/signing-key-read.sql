SELECT public_key, private_key FROM signing_key
