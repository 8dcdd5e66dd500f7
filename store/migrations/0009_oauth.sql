-- OAuth 2 at vendors: whose turn it is to renew an account connector's token, the partners' apps, and consents
-- that are on their way.

CREATE TABLE oauth_lease (
    account_connector_id INTEGER NOT NULL PRIMARY KEY,
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    holder               TEXT    NOT NULL,
    expires_at           BIGINT  NOT NULL
);

CREATE TABLE oauth_app (
    connector_uid TEXT   NOT NULL,
    partner_id    BIGINT NOT NULL,
    client_id     TEXT   NOT NULL,
    secret_sealed BLOB   NOT NULL,
    PRIMARY KEY (connector_uid, partner_id)
);

-- Only SHA-256 sums of state and session are kept; sealed holds the rest under the account's key.
CREATE TABLE oauth_state (
    hash                 BLOB    NOT NULL PRIMARY KEY,
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    account_connector_id INTEGER NOT NULL,
    session_hash         BLOB    NOT NULL,
    sealed               BLOB    NOT NULL,
    expires_at           BIGINT  NOT NULL
);
CREATE INDEX oauth_state_by_expiry ON oauth_state (partner_id, expires_at);
