-- Addresses at which one vendor sends the events of all accounts of a partner, and whose they are.
CREATE TABLE partner_webhook (
    identifier    TEXT   NOT NULL PRIMARY KEY,
    partner_id    BIGINT NOT NULL,
    connector_uid TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    UNIQUE (partner_id, connector_uid)
);

-- The vendor's ids of account connectors.
CREATE TABLE route_key (
    key_hash             BLOB    NOT NULL,
    connector_uid        TEXT    NOT NULL,
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    account_connector_id INTEGER NOT NULL,
    PRIMARY KEY (key_hash, connector_uid, partner_id, account_connector_id)
);
CREATE INDEX route_key_connector ON route_key (account_connector_id);

-- When the ids of an account connector are asked for at its vendor.
CREATE TABLE route_refresh (
    account_connector_id INTEGER NOT NULL PRIMARY KEY,
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    due_at               BIGINT  NOT NULL
);
CREATE INDEX route_refresh_due ON route_refresh (due_at, account_connector_id);
CREATE INDEX webhook_connector ON webhook (account_connector_id, method_uid);
