-- What a marketplace shows, as one document, and what customers have installed on embedded pages: one install has
-- a cycle per template.

ALTER TABLE marketplace ADD COLUMN document TEXT NOT NULL DEFAULT '';
ALTER TABLE marketplace ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

CREATE TABLE embed_install (
    id             TEXT    NOT NULL PRIMARY KEY,
    partner_id     BIGINT  NOT NULL,
    account_id     BIGINT  NOT NULL,
    marketplace_id INTEGER NOT NULL,
    card           TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    person_id      TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    finished_at    BIGINT  NOT NULL
);
CREATE INDEX embed_install_by_account ON embed_install (partner_id, account_id, id);

CREATE TABLE embed_install_cycle (
    install_id TEXT    NOT NULL,
    place      INTEGER NOT NULL,
    partner_id BIGINT  NOT NULL,
    account_id BIGINT  NOT NULL,
    cycle_id   TEXT    NOT NULL,
    PRIMARY KEY (install_id, place)
);
CREATE INDEX embed_install_cycle_by_account ON embed_install_cycle (partner_id, account_id, install_id);
