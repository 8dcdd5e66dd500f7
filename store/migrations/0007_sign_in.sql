-- Sign-in links that an API client made for users of accounts. Only the SHA-256 of the token is kept; a row
-- goes when its token is used.

CREATE TABLE sign_in_token (
    hash       BLOB   NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    person_id  TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_token_by_account ON sign_in_token (partner_id, account_id, person_id);
CREATE INDEX sign_in_token_by_expiry ON sign_in_token (partner_id, expires_at);
