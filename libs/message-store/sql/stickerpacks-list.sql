-- $1 account
SELECT id, publisher, name, ios_app_store_link, android_app_store_link
FROM stickerpack WHERE account = $1 ORDER BY created_at, id
