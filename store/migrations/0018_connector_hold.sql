-- Account connectors whose remote refused calls for their number: no call before until, also after a restart.
-- account_id is the root account, whose accounts share the hold.
CREATE TABLE connector_hold (
    account_connector_id INTEGER NOT NULL,
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    until                BIGINT  NOT NULL,
    since                BIGINT  NOT NULL, -- when the remote refused last
    refusals             INTEGER NOT NULL, -- in a row
    PRIMARY KEY (account_id, account_connector_id)
);
