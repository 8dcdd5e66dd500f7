-- What vendors were told about webhooks: one row for each subscription, written before the vendor is asked.
CREATE TABLE subscription (
    id                   TEXT     NOT NULL PRIMARY KEY,
    partner_id           BIGINT   NOT NULL,
    account_id           BIGINT   NOT NULL,
    cycle_num            BIGINT   NOT NULL,
    step_id              TEXT     NOT NULL,
    event                TEXT     NOT NULL, -- '' for all of the trigger's events together
    account_connector_id INTEGER  NOT NULL,
    method_uid           TEXT     NOT NULL, -- of the trigger
    identifier           TEXT     NOT NULL, -- of the address
    state                SMALLINT NOT NULL, -- 0 the vendor is being asked, 1 made
    secret_sealed        BLOB,
    remote_sealed        BLOB,              -- the vendor's id
    expires_at           BIGINT   NOT NULL, -- 0: never
    renew_at             BIGINT   NOT NULL, -- 0: never
    retry_at             BIGINT   NOT NULL, -- after a failure: nothing is tried before
    tries                INTEGER  NOT NULL, -- failures in a row
    created_at           BIGINT   NOT NULL
);
CREATE INDEX subscription_step ON subscription (step_id, id);
CREATE INDEX subscription_cycle ON subscription (cycle_num, id);
CREATE INDEX subscription_connector ON subscription (account_connector_id, id);
