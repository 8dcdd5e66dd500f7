-- Connectors that belong to one account: account_id 0 is the partner's and the shipped ones, which all accounts see.

ALTER TABLE connector_release ADD COLUMN account_id BIGINT NOT NULL DEFAULT 0;

-- The definitions as they were sent. uid is the sender's, connector_uid the one that releases go by.
CREATE TABLE custom_connector (
    id            INTEGER  NOT NULL PRIMARY KEY, -- the connector's
    partner_id    BIGINT   NOT NULL,
    account_id    BIGINT   NOT NULL,
    uid           TEXT     NOT NULL,
    connector_uid TEXT     NOT NULL,
    name          TEXT     NOT NULL,
    name_fold     TEXT     NOT NULL,
    release       INTEGER  NOT NULL, -- counts releases
    draft         SMALLINT NOT NULL,
    source        BLOB     NOT NULL,
    created_at    BIGINT   NOT NULL
);
CREATE UNIQUE INDEX custom_connector_by_uid ON custom_connector (partner_id, account_id, uid);
CREATE INDEX custom_connector_by_name ON custom_connector (partner_id, account_id, name_fold, id);
