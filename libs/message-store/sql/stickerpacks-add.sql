-- $1 account  $2 uuid id  $3 publisher  $4 name  $5 link or null  $6 link or null
INSERT INTO stickerpack (account, id, publisher, name, ios_app_store_link, android_app_store_link)
VALUES ($1, $2, $3, $4, $5, $6)
