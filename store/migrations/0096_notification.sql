-- Where a marketplace tells what customers install, start, stop and uninstall. It is queued and signed as error webhooks are:
-- marketplace_id 0 is an error webhook, whose body is made of its incident; others have their body in detail, which ends in body.
ALTER TABLE marketplace ADD COLUMN notify_url TEXT NOT NULL DEFAULT '';
ALTER TABLE embed_install ADD COLUMN complete TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN marketplace_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_done ADD COLUMN marketplace_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_done ADD COLUMN body BLOB;
DROP INDEX delivery_by_account;
CREATE INDEX delivery_by_account ON delivery (account_id, marketplace_id, due_at, id);

-- A marketplace has a signer of its own, beside those of the partner and of accounts.
CREATE TABLE signer (
    partner_id     BIGINT  NOT NULL,
    account_id     BIGINT  NOT NULL,
    marketplace_id INTEGER NOT NULL,
    secret         BLOB,
    previous       BLOB,
    previous_until BIGINT  NOT NULL,
    gone_url       TEXT    NOT NULL,
    PRIMARY KEY (partner_id, account_id, marketplace_id)
);
INSERT INTO signer (partner_id, account_id, marketplace_id, secret, previous, previous_until, gone_url)
    SELECT partner_id, account_id, 0, secret, previous, previous_until, gone_url FROM delivery_signer;
DROP TABLE delivery_signer;
