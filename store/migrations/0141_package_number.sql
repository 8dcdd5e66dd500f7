-- The number of a package is that of its card on its marketplace for good: also of a template's card on a marketplace on which
-- nothing is arranged, and of that card when it is arranged later.
CREATE TABLE package_number (
    marketplace_id INTEGER NOT NULL,
    card           TEXT    NOT NULL,
    partner_id     BIGINT  NOT NULL,
    number         INTEGER NOT NULL,
    PRIMARY KEY (marketplace_id, card)
);
