-- Sessions of people who came in with a sign-in link: what a page of ours shows them. Only the SHA-256 of the
-- secret in their cookie is kept.

CREATE TABLE embed_session (
    hash       BLOB   NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    person_id  TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX embed_session_by_account ON embed_session (partner_id, account_id, person_id);
CREATE INDEX embed_session_by_person ON embed_session (partner_id, person_id);
CREATE INDEX embed_session_by_expiry ON embed_session (partner_id, expires_at);
