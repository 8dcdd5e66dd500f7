-- Values of connectors that a partner sets once for all its accounts.
CREATE TABLE partner_property (
    partner_id    BIGINT   NOT NULL,
    connector_uid TEXT     NOT NULL,
    name          TEXT     NOT NULL,
    value         TEXT,
    secret        SMALLINT NOT NULL,
    sealed        BLOB,
    PRIMARY KEY (partner_id, connector_uid, name)
);

-- What vendors are still to be told about credentials that are gone here: webhooks to delete, tokens to revoke.
CREATE TABLE farewell (
    id                   TEXT    NOT NULL PRIMARY KEY,
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    account_connector_id INTEGER NOT NULL,
    sealed               BLOB    NOT NULL, -- under the partner's key, as the account's may be destroyed
    due_at               BIGINT  NOT NULL,
    tries                INTEGER NOT NULL,
    created_at           BIGINT  NOT NULL
);
CREATE INDEX farewell_due ON farewell (due_at, id);
