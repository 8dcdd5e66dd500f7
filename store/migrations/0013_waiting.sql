-- Webhook steps in the middle of a flow: how many deliveries a waiting row has had, and those that have come and
-- have no row yet. seq is the waiting row, n counts from 0 there.
-- A delivery's key remembers which one it was, for its second copy: seq -1 began the transaction.
ALTER TABLE dedupe ADD COLUMN seq INTEGER NOT NULL DEFAULT -1;
ALTER TABLE dedupe ADD COLUMN n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE waiting ADD COLUMN fired INTEGER NOT NULL DEFAULT 0;
CREATE TABLE arrival (
    run        BIGINT  NOT NULL,
    seq        INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    partner_id BIGINT  NOT NULL,
    account_id BIGINT  NOT NULL,
    at         BIGINT  NOT NULL,
    rows_out   INTEGER NOT NULL,
    blob       TEXT,
    output     BLOB,
    PRIMARY KEY (run, seq, n)
);
