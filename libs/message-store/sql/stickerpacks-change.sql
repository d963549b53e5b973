-- $1 account  $2 uuid id  $3 publisher  $4 name  $5 link  $6 link, each null: as it is -> a row if there is such a pack
UPDATE stickerpack
SET publisher = coalesce($3, publisher), name = coalesce($4, name),
    ios_app_store_link = coalesce($5, ios_app_store_link), android_app_store_link = coalesce($6, android_app_store_link)
WHERE account = $1 AND id = $2 RETURNING 1
