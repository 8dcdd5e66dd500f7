-- What utilities keep for accounts (D-24): connector_id is the account connector, cycle_num the cycle or 0 for a store of all
-- cycles. reference_1 and reference_2 are digests of what an entry is found by besides its name, '' for none.
CREATE TABLE entry (
    account_id   BIGINT  NOT NULL,
    connector_id INTEGER NOT NULL,
    cycle_num    BIGINT  NOT NULL,
    name         TEXT    NOT NULL,
    partner_id   BIGINT  NOT NULL,
    revision     TEXT    NOT NULL, -- a new one with each change
    expires_at   BIGINT  NOT NULL, -- 0: never
    reference_1  TEXT    NOT NULL,
    reference_2  TEXT    NOT NULL,
    value        BLOB    NOT NULL, -- sealed
    PRIMARY KEY (account_id, connector_id, cycle_num, name)
);
CREATE INDEX entry_by_expiry ON entry (account_id, connector_id, cycle_num, expires_at) WHERE expires_at > 0;
CREATE INDEX entry_by_reference_1 ON entry (account_id, connector_id, cycle_num, reference_1) WHERE reference_1 <> '';
CREATE INDEX entry_by_reference_2 ON entry (account_id, connector_id, cycle_num, reference_2) WHERE reference_2 <> '';

-- How much each of these stores holds.
CREATE TABLE entry_size (
    account_id   BIGINT  NOT NULL,
    connector_id INTEGER NOT NULL,
    cycle_num    BIGINT  NOT NULL,
    partner_id   BIGINT  NOT NULL,
    entries      BIGINT  NOT NULL,
    bytes        BIGINT  NOT NULL,
    PRIMARY KEY (account_id, connector_id, cycle_num)
);

-- What calls that changed an entry have answered, so that a repeat changes nothing and answers the same.
CREATE TABLE entry_call (
    account_id BIGINT NOT NULL,
    call       TEXT   NOT NULL, -- a digest of the call's idempotency key
    partner_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    answer     BLOB   NOT NULL, -- sealed
    PRIMARY KEY (account_id, call)
);
CREATE INDEX entry_call_by_expiry ON entry_call (account_id, expires_at);
