-- What the receiver of an error webhook last answered, and when a delivery was sent anew by hand: its three days count from then.
ALTER TABLE delivery ADD COLUMN status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN replayed_at BIGINT NOT NULL DEFAULT 0;

-- Error webhooks that were taken or given up, for a week, to be looked at and sent anew. The detail stays the incident's.
CREATE TABLE delivery_done (
    id         BIGINT   NOT NULL PRIMARY KEY, -- the incident's
    partner_id BIGINT   NOT NULL,
    account_id BIGINT   NOT NULL,
    cycle_num  BIGINT   NOT NULL,
    run        BIGINT   NOT NULL,
    step_id    TEXT     NOT NULL,
    step_name  TEXT     NOT NULL,
    step_kind  SMALLINT NOT NULL,
    warning    SMALLINT NOT NULL,
    code       TEXT     NOT NULL,
    at         BIGINT   NOT NULL,
    attempt    INTEGER  NOT NULL,
    state      SMALLINT NOT NULL, -- 1 delivered, 2 failed
    status     INTEGER  NOT NULL, -- of the last answer; 0: there was none
    ended_at   BIGINT   NOT NULL
);
CREATE INDEX delivery_done_by_account ON delivery_done (account_id, ended_at, id);
