-- Transactions ("run" in the code), what their steps did, and the counters that ride in the same commits.
-- Columns are small integers where they can be; an index more is paid by every transaction.

CREATE TABLE run (
    num        BIGINT   NOT NULL PRIMARY KEY,
    partner_id BIGINT   NOT NULL,
    account_id BIGINT   NOT NULL,
    root_id    BIGINT   NOT NULL,
    cycle_num  BIGINT   NOT NULL,
    version    BIGINT   NOT NULL,
    state      SMALLINT NOT NULL, -- paceline.RunState
    due_at     BIGINT   NOT NULL, -- 0: ready now
    parent     BIGINT   NOT NULL,
    errors     INTEGER  NOT NULL,
    warnings   INTEGER  NOT NULL,
    created_at BIGINT   NOT NULL,
    ended_at   BIGINT   NOT NULL,
    prune_at   BIGINT   NOT NULL, -- when its data goes, and after that (pruned = 1) its rows. 0: while live
    pruned     SMALLINT NOT NULL
);
CREATE INDEX run_live ON run (account_id, due_at, num) WHERE state = 0;
CREATE INDEX run_due ON run (due_at, num) WHERE state = 0 AND due_at <> 0;
CREATE INDEX run_by_account ON run (account_id, created_at, num);
CREATE INDEX run_by_cycle ON run (cycle_num, created_at, num);
CREATE INDEX run_failed ON run (account_id, created_at, num) WHERE state = 2;
CREATE INDEX run_child ON run (parent) WHERE parent <> 0;
CREATE INDEX run_prune ON run (prune_at, num) WHERE prune_at <> 0;

-- id is run * 2^20 + seq: one key, contiguous per run. seq 0 is the trigger's payload.
CREATE TABLE step (
    id             BIGINT   NOT NULL PRIMARY KEY,
    partner_id     BIGINT   NOT NULL,
    account_id     BIGINT   NOT NULL,
    step_ref       INTEGER  NOT NULL,
    from_seq       INTEGER  NOT NULL,
    state          SMALLINT NOT NULL, -- paceline.StepState
    exit_type      SMALLINT NOT NULL, -- 0 Forward, 1 True, 2 False
    attempt        INTEGER  NOT NULL,
    due_at         BIGINT   NOT NULL,
    rows_in        INTEGER  NOT NULL,
    rows_out       INTEGER  NOT NULL,
    tasks_ok       INTEGER  NOT NULL,
    tasks_incident INTEGER  NOT NULL,
    connector      INTEGER  NOT NULL,
    method         INTEGER  NOT NULL,
    started_at     BIGINT   NOT NULL,
    ended_at       BIGINT   NOT NULL,
    in_exchange    SMALLINT NOT NULL,
    blob           TEXT,
    output         BLOB
);

-- One HTTP call of a step's execution; step is the key of its row, n counts from 1.
CREATE TABLE exchange (
    step       BIGINT  NOT NULL,
    n          INTEGER NOT NULL,
    partner_id BIGINT  NOT NULL,
    account_id BIGINT  NOT NULL,
    status     INTEGER NOT NULL,
    millis     INTEGER NOT NULL,
    at         BIGINT  NOT NULL,
    request    BLOB,
    response   BLOB,
    PRIMARY KEY (step, n)
);

CREATE TABLE incident (
    id         BIGINT   NOT NULL PRIMARY KEY,
    partner_id BIGINT   NOT NULL,
    account_id BIGINT   NOT NULL,
    cycle_num  BIGINT   NOT NULL,
    run        BIGINT   NOT NULL,
    step_id    TEXT     NOT NULL,
    step_name  TEXT     NOT NULL,
    step_kind  SMALLINT NOT NULL,
    warning    SMALLINT NOT NULL,
    code       TEXT     NOT NULL,
    detail     BLOB,
    at         BIGINT   NOT NULL
);
CREATE INDEX incident_by_account ON incident (account_id, at, id);
CREATE INDEX incident_by_cycle ON incident (cycle_num, at, id);
CREATE INDEX incident_by_run ON incident (run);

-- The keys of deliveries seen; step is the 16 bytes of the webhook step's id.
CREATE TABLE dedupe (
    step       BLOB   NOT NULL,
    key_hash   BLOB   NOT NULL,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    run        BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (step, key_hash)
) WITHOUT ROWID;
CREATE INDEX dedupe_expired ON dedupe (expires_at);

-- Tokens that wait for a delivery in the middle of a flow.
CREATE TABLE waiting (
    run        BIGINT  NOT NULL,
    seq        INTEGER NOT NULL,
    partner_id BIGINT  NOT NULL,
    account_id BIGINT  NOT NULL,
    cycle_num  BIGINT  NOT NULL,
    step_ref   INTEGER NOT NULL,
    key_hash   BLOB    NOT NULL,
    PRIMARY KEY (run, seq)
);
CREATE INDEX waiting_by_key ON waiting (account_id, cycle_num, step_ref, key_hash, run, seq);

-- The schedule of a running polled cycle. Slots are filled in rising order, so that a slot starts one
-- transaction at most: the latest one taken is slot, and only a later one can be taken.
CREATE TABLE schedule (
    cycle_num  BIGINT NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    root_id    BIGINT NOT NULL,
    slot       BIGINT NOT NULL,
    next_due   BIGINT NOT NULL,
    place      BLOB
);
CREATE INDEX schedule_due ON schedule (next_due, cycle_num);

CREATE TABLE usage_day (
    account_id BIGINT  NOT NULL,
    day        INTEGER NOT NULL, -- since 1970, UTC
    cycle_num  BIGINT  NOT NULL,
    connector  INTEGER NOT NULL,
    method     INTEGER NOT NULL,
    partner_id BIGINT  NOT NULL,
    ok         BIGINT  NOT NULL,
    incident   BIGINT  NOT NULL,
    PRIMARY KEY (account_id, day, cycle_num, connector, method)
) WITHOUT ROWID;
CREATE INDEX usage_day_by_partner ON usage_day (partner_id, day);

CREATE TABLE cycle_counter (
    cycle_num       BIGINT NOT NULL PRIMARY KEY,
    partner_id      BIGINT NOT NULL,
    account_id      BIGINT NOT NULL,
    tasks           BIGINT NOT NULL,
    errors          BIGINT NOT NULL,
    warnings        BIGINT NOT NULL,
    in_progress     BIGINT NOT NULL,
    last_success_at BIGINT NOT NULL
);

-- Limits that are shared across accounts (one app registration for all of a partner's customers).
CREATE TABLE quota (
    partner_id   BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    window_start BIGINT NOT NULL,
    used         BIGINT NOT NULL,
    cap          BIGINT NOT NULL,
    PRIMARY KEY (partner_id, name)
);

-- Payloads that are too large for a row, in sealed chunks of 1 MiB plain text.
CREATE TABLE blob (
    id         TEXT   NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    run        BIGINT NOT NULL,
    size       BIGINT NOT NULL, -- of the plain text
    created_at BIGINT NOT NULL
);
CREATE INDEX blob_by_run ON blob (run);

CREATE TABLE blob_chunk (
    blob       TEXT    NOT NULL,
    n          INTEGER NOT NULL,
    partner_id BIGINT  NOT NULL,
    account_id BIGINT  NOT NULL,
    bytes      BLOB    NOT NULL,
    PRIMARY KEY (blob, n)
);

-- Payloads are compressed and sealed already, and most rows fit a page: kept whole they need no second table.
-- postgres: ALTER TABLE step ALTER COLUMN output SET STORAGE EXTERNAL;
-- postgres: ALTER TABLE step SET (toast_tuple_target = 8160);
-- postgres: ALTER TABLE exchange ALTER COLUMN request SET STORAGE EXTERNAL, ALTER COLUMN response SET STORAGE EXTERNAL;
-- postgres: ALTER TABLE exchange SET (toast_tuple_target = 8160);
-- postgres: ALTER TABLE blob_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;
-- Room in each page for the second version of a row that ends.
-- postgres: ALTER TABLE run SET (fillfactor = 80);
-- postgres: ALTER TABLE cycle_counter SET (fillfactor = 50);
-- postgres: ALTER TABLE usage_day SET (fillfactor = 50);

-- Who may commit (PostgreSQL): one row per writer connection of a node. A server that takes over sets
-- the owner, a name that it draws at its start, and raises the epoch: the commits of the one before find no row.
CREATE TABLE node (
    id          INTEGER NOT NULL PRIMARY KEY,
    addr        TEXT    NOT NULL,
    epoch       BIGINT  NOT NULL,
    lease_until BIGINT  NOT NULL
);

CREATE TABLE fence (
    node   INTEGER NOT NULL,
    writer INTEGER NOT NULL,
    owner  TEXT    NOT NULL,
    epoch  BIGINT  NOT NULL,
    batch  BIGINT  NOT NULL,
    PRIMARY KEY (node, writer)
);
