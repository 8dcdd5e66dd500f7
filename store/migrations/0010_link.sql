-- Transactions that a step of another cycle's transaction started, and how many such links led to each. Only these
-- have a row here.
CREATE TABLE link (
    run        BIGINT  NOT NULL PRIMARY KEY,
    partner_id BIGINT  NOT NULL,
    account_id BIGINT  NOT NULL,
    from_run   BIGINT  NOT NULL, -- 0: a call on demand
    depth      INTEGER NOT NULL
);
