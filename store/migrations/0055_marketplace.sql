-- What partners offer to their customers on a page of its own, by the number that the API knows it by.

CREATE TABLE marketplace (
    id         INTEGER NOT NULL PRIMARY KEY,
    partner_id BIGINT  NOT NULL,
    name       TEXT    NOT NULL,
    name_fold  TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE UNIQUE INDEX marketplace_by_name ON marketplace (partner_id, name_fold);
