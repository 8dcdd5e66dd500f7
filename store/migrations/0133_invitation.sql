-- What lets a console user choose a password, once; only the SHA-256 of its secret is kept.
CREATE TABLE invitation (
    partner_id BIGINT NOT NULL,
    person_id  TEXT   NOT NULL,
    hash       BLOB   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (partner_id, person_id)
);
CREATE UNIQUE INDEX invitation_hash ON invitation (hash);

-- When an account connector's credential was last given: who signs in again waits for a later one.
ALTER TABLE account_connector ADD COLUMN signed_in_at BIGINT NOT NULL DEFAULT 0;
