-- Partners, accounts, people, credentials and the audit log (domain.md 2.1 to 2.6, 2.20).
-- Times are microseconds UTC, 0 when not set; booleans are 0 or 1; *_fold columns are folded names.

CREATE TABLE partner (
  num        BIGINT PRIMARY KEY,
  id         TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  key_sealed BLOB   NOT NULL,
  settings   BLOB   NOT NULL
);
CREATE UNIQUE INDEX partner_by_id ON partner (id);

-- account holds root and sub accounts. state: 0 active, 1 suspended, 2 deleted (its key is gone; the
-- row stays for usage and audit, and its API id is free again).
CREATE TABLE account (
  num               BIGINT PRIMARY KEY,
  partner_id        BIGINT   NOT NULL,
  root_id           BIGINT   NOT NULL,
  parent_id         BIGINT   NOT NULL,
  id                TEXT     NOT NULL,
  api_id            TEXT     NOT NULL,
  name              TEXT     NOT NULL,
  name_fold         TEXT     NOT NULL,
  state             SMALLINT NOT NULL,
  created_at        BIGINT   NOT NULL,
  description       TEXT,
  audit_info        TEXT,
  task_audit_info   TEXT,
  timezone          TEXT     NOT NULL,
  next_bill_date    BIGINT   NOT NULL,
  success_hours     INTEGER,
  error_hours       INTEGER,
  webhook_enabled   SMALLINT NOT NULL,
  webhook_url       TEXT,
  webhook_warnings  SMALLINT NOT NULL,
  concurrent_limit  INTEGER  NOT NULL,
  key_sealed        BLOB
);
CREATE UNIQUE INDEX account_by_id ON account (partner_id, id);
CREATE UNIQUE INDEX account_by_api_id ON account (partner_id, api_id) WHERE state <> 2;
CREATE INDEX account_by_name ON account (partner_id, name_fold, id);
CREATE INDEX account_by_created ON account (partner_id, created_at, id);
CREATE INDEX account_by_parent ON account (partner_id, parent_id, name_fold, id);

-- person is a user (a word that SQL keeps for itself): of the console, of accounts, or both. User names are unique per partner, in any letter case.
CREATE TABLE person (
  id            TEXT     NOT NULL PRIMARY KEY,
  partner_id    BIGINT   NOT NULL,
  user_name     TEXT     NOT NULL,
  user_fold     TEXT     NOT NULL,
  first_name    TEXT     NOT NULL,
  last_name     TEXT     NOT NULL,
  password_hash TEXT     NOT NULL,
  console       SMALLINT NOT NULL,
  rights        BLOB     NOT NULL,
  created_at    BIGINT   NOT NULL
);
CREATE UNIQUE INDEX person_by_name ON person (partner_id, user_fold);

-- account_person gives a person access to one account; access to a parent gives none to its sub accounts.
CREATE TABLE account_person (
  partner_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  person_id  TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (partner_id, account_id, person_id)
);
CREATE INDEX account_person_by_person ON account_person (partner_id, person_id, account_id);

CREATE TABLE api_client (
  id          TEXT   NOT NULL PRIMARY KEY,
  partner_id  BIGINT NOT NULL,
  client_id   TEXT   NOT NULL,
  secret_hash BLOB   NOT NULL,
  description TEXT   NOT NULL,
  created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX api_client_by_client_id ON api_client (client_id);
CREATE INDEX api_client_by_partner ON api_client (partner_id, created_at, id);

-- access_token holds SHA-256 sums only. account_id is the account to which it is restricted, else 0.
CREATE TABLE access_token (
  id           TEXT   NOT NULL PRIMARY KEY,
  hash         BLOB   NOT NULL,
  partner_id   BIGINT NOT NULL,
  account_id   BIGINT NOT NULL,
  client_id    TEXT   NOT NULL,
  person_id    TEXT   NOT NULL,
  refresh_hash BLOB,
  issued_at    BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  keep_until   BIGINT NOT NULL
);
CREATE UNIQUE INDEX access_token_by_hash ON access_token (hash);
CREATE UNIQUE INDEX access_token_by_refresh ON access_token (refresh_hash) WHERE refresh_hash IS NOT NULL;
CREATE INDEX access_token_by_partner ON access_token (partner_id, issued_at, id);
CREATE INDEX access_token_by_account ON access_token (partner_id, account_id);
CREATE INDEX access_token_by_keep ON access_token (partner_id, keep_until);

CREATE TABLE audit_event (
  id         TEXT   NOT NULL PRIMARY KEY,
  partner_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  actor      TEXT   NOT NULL,
  action     TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  subject_id TEXT   NOT NULL,
  comment    TEXT   NOT NULL
);
CREATE INDEX audit_event_by_partner ON audit_event (partner_id, at, id);
CREATE INDEX audit_event_by_account ON audit_event (partner_id, account_id, at, id);

-- first_run_link is a one-time way in for the first administrator; only its SHA-256 is kept.
CREATE TABLE first_run_link (
  hash       BLOB   NOT NULL PRIMARY KEY,
  partner_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);
