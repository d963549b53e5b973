-- $1 account  $2 uuid id
SELECT id, publisher, name, ios_app_store_link, android_app_store_link FROM stickerpack WHERE account = $1 AND id = $2
