-- Links with which a person, who also has the token of the link, connects one account connector. Only SHA-256
-- sums are kept, of the token and of the session that its one use begins.

CREATE TABLE setup_token (
    id                TEXT    NOT NULL PRIMARY KEY,
    partner_id        BIGINT  NOT NULL,
    account_id        BIGINT  NOT NULL,
    account_connector INTEGER NOT NULL,
    person_id         TEXT    NOT NULL,
    hash              BLOB    NOT NULL,
    wrong             INTEGER NOT NULL, -- how often another token was typed
    created_at        BIGINT  NOT NULL,
    expires_at        BIGINT  NOT NULL,
    opened_at         BIGINT  NOT NULL, -- 0: not yet; like used_at and finished_at
    used_at           BIGINT  NOT NULL,
    finished_at       BIGINT  NOT NULL,
    session           BLOB,
    session_until     BIGINT  NOT NULL
);
CREATE INDEX setup_token_by_connector ON setup_token (partner_id, account_id, account_connector, id);
CREATE INDEX setup_token_by_age ON setup_token (partner_id, created_at, id);
