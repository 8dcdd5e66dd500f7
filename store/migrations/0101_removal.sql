-- Transactions that somebody asked to delete and that are removed one chunk after the other, and when a cycle came
-- into the recycle bin. A run that is removed has pruned = 2: its rows stay until its usage is sealed, and nobody sees it.

CREATE TABLE removal (
    id         BIGINT NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    filter     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    run        BIGINT NOT NULL
);
CREATE INDEX removal_by_account ON removal (account_id, id);

ALTER TABLE cycle ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX cycle_deleted ON cycle (deleted_at, num) WHERE state = 6;

-- What reports still need of a cycle that is gone for good.
CREATE TABLE purged_cycle (
    num        BIGINT NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    purged_at  BIGINT NOT NULL
);
