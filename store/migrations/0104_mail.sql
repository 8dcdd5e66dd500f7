-- Emails about what happens in accounts. A rule says who hears of what; one with a person_id is that person's own wish to hear of
-- everything. kinds is 0 while it is off.
CREATE TABLE mail_rule (
    id         TEXT    NOT NULL PRIMARY KEY,
    partner_id BIGINT  NOT NULL,
    person_id  TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    kinds      INTEGER NOT NULL,
    document   TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX mail_rule_by_partner ON mail_rule (partner_id, created_at, id);

-- What is to be told, written in the commit in which it happens, until it is counted for each person.
CREATE TABLE mail_event (
    id         BIGINT   NOT NULL, -- an incident's
    kind       SMALLINT NOT NULL,
    partner_id BIGINT   NOT NULL,
    account_id BIGINT   NOT NULL,
    cycle_num  BIGINT   NOT NULL,
    code       TEXT     NOT NULL,
    at         BIGINT   NOT NULL,
    PRIMARY KEY (id, kind)
);
CREATE INDEX mail_event_by_partner ON mail_event (partner_id, id);

-- What a person's next email says: one line for each, however often it happened. taken is how much of it an email has that is
-- being sent.
CREATE TABLE mail_item (
    partner_id BIGINT   NOT NULL,
    person_id  TEXT     NOT NULL,
    account_id BIGINT   NOT NULL,
    cycle_num  BIGINT   NOT NULL,
    kind       SMALLINT NOT NULL,
    code       TEXT     NOT NULL,
    times      BIGINT   NOT NULL,
    taken      BIGINT   NOT NULL,
    since      BIGINT   NOT NULL,
    until      BIGINT   NOT NULL,
    PRIMARY KEY (person_id, account_id, cycle_num, kind, code)
);

-- When that email is sent: due_at 0 is never, held_until keeps other nodes from sending it, too.
CREATE TABLE mail_due (
    person_id  TEXT    NOT NULL PRIMARY KEY,
    partner_id BIGINT  NOT NULL,
    due_at     BIGINT  NOT NULL,
    held_until BIGINT  NOT NULL,
    sent_at    BIGINT  NOT NULL,
    failing_at BIGINT  NOT NULL, -- of the first try that failed
    attempt    INTEGER NOT NULL
);
CREATE INDEX mail_due_by_time ON mail_due (due_at) WHERE due_at > 0;

-- Where a person's emails go; empty: to the user name.
ALTER TABLE person ADD COLUMN email TEXT NOT NULL DEFAULT '';
