-- An index is never given to another sticker of its pack, also when the last one was removed.
ALTER TABLE stickerpack ADD COLUMN next_position integer NOT NULL DEFAULT 0;
UPDATE stickerpack p
SET next_position = (SELECT coalesce(max(s.position) + 1, 0) FROM sticker s WHERE s.account = p.account AND s.pack = p.id);

-- The PIN with which a code was requested, sealed: the registry asks for it again at the registration, which forgets it.
ALTER TABLE account ADD COLUMN code_pin bytea;
