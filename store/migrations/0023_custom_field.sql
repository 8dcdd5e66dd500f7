-- What account connectors add to their connectors: fields, and objects under which the methods of a category are offered again.

-- id is an element's, with the account connector in its owner (D-2).
CREATE TABLE custom_field (
    id                   INTEGER  NOT NULL PRIMARY KEY,
    partner_id           BIGINT   NOT NULL,
    account_id           BIGINT   NOT NULL,
    account_connector_id INTEGER  NOT NULL,
    method_uid           TEXT     NOT NULL, -- all zero: of every method
    object               TEXT     NOT NULL, -- '' for every object
    for_request          SMALLINT NOT NULL,
    location             TEXT     NOT NULL,
    position             INTEGER  NOT NULL,
    discovered           SMALLINT NOT NULL, -- found at the vendor, and removed when it is gone there
    detail               BLOB     NOT NULL, -- the rest, as JSON
    UNIQUE (account_connector_id, method_uid, object, for_request, location)
);

CREATE TABLE object_copy (
    id                   INTEGER NOT NULL PRIMARY KEY,
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    account_connector_id INTEGER NOT NULL,
    category             TEXT    NOT NULL,
    name                 TEXT    NOT NULL, -- how the vendor calls the object
    label                TEXT    NOT NULL,
    UNIQUE (account_connector_id, category, name)
);
