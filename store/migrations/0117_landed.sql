-- Transactions that a node stored for an account of another one's, which nobody works for at the moment or who could not be
-- reached. The node that works for the account takes them up, and removes the row.
CREATE TABLE landed (
    run     BIGINT NOT NULL PRIMARY KEY,
    root_id BIGINT NOT NULL
);
