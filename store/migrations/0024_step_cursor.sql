-- How far steps have come that list what is new; seen are the rows that they had lately (see connector.Cursor).
CREATE TABLE step_cursor (
    cycle_num  BIGINT NOT NULL,
    step_id    TEXT   NOT NULL,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    value      TEXT   NOT NULL,
    seen       BLOB   NOT NULL,
    PRIMARY KEY (cycle_num, step_id)
);
CREATE INDEX step_cursor_by_account ON step_cursor (account_id);
