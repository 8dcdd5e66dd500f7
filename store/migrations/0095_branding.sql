-- How a partner's embedded pages look and what they are called, as one document.

CREATE TABLE branding (
    partner_id BIGINT NOT NULL PRIMARY KEY,
    document   TEXT   NOT NULL,
    version    BIGINT NOT NULL
);
