-- Rows of a repeated transaction whose output lies with the transaction that it repeats.
CREATE TABLE inherited (
    run        BIGINT  NOT NULL,
    seq        INTEGER NOT NULL,
    partner_id BIGINT  NOT NULL,
    account_id BIGINT  NOT NULL,
    from_run   BIGINT  NOT NULL,
    from_seq   INTEGER NOT NULL,
    PRIMARY KEY (run, seq)
);
CREATE INDEX inherited_by_source ON inherited (from_run);
