-- Failed sign-ins by user name, known or not: the key is a hash of it. All nodes count them together.
CREATE TABLE sign_in_failure (
    partner_id BIGINT NOT NULL,
    name_hash  BLOB NOT NULL,
    count      INTEGER NOT NULL,
    until      BIGINT NOT NULL, -- before it no password is looked at
    last       BIGINT NOT NULL,
    PRIMARY KEY (partner_id, name_hash)
);
CREATE INDEX sign_in_failure_last ON sign_in_failure (last);
