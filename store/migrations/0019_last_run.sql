-- When a step last succeeded (LastSuccessfulRunDate), by the step's id in its cycle; no row: never.
CREATE TABLE last_run (
    cycle_num  BIGINT NOT NULL,
    step_id    TEXT   NOT NULL,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (cycle_num, step_id)
);
CREATE INDEX last_run_by_account ON last_run (account_id);

-- Transactions that were being carried when the process died, and how often in a row (see engine/suspect.go).
CREATE TABLE suspect (
    run        BIGINT  NOT NULL PRIMARY KEY,
    partner_id BIGINT  NOT NULL,
    account_id BIGINT  NOT NULL,
    deaths     INTEGER NOT NULL
);
