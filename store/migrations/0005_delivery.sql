-- Error webhooks on their way: a copy of an incident, written in its commit, until a receiver has taken it
-- or it is given up.

CREATE TABLE delivery (
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
    detail     BLOB,
    at         BIGINT   NOT NULL,
    attempt    INTEGER  NOT NULL, -- tries that failed
    due_at     BIGINT   NOT NULL
);
CREATE INDEX delivery_by_account ON delivery (account_id, due_at, id);

-- What signs error webhooks, and the address that said 410 Gone. account_id 0 is the partner's own.
CREATE TABLE delivery_signer (
    partner_id     BIGINT NOT NULL,
    account_id     BIGINT NOT NULL,
    secret         BLOB,
    previous       BLOB,
    previous_until BIGINT NOT NULL,
    gone_url       TEXT   NOT NULL,
    PRIMARY KEY (partner_id, account_id)
);
