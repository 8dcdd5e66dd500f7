-- Connectors: the registry of ids, published releases, and what accounts have installed.

-- Append-only: an id is never reused and is the same in every release (D-2).
CREATE TABLE element (
    id            INTEGER NOT NULL PRIMARY KEY,
    owner         TEXT    NOT NULL, -- '' embedded, else 'partner:<num>' or 'instance:<id>'
    connector_uid TEXT    NOT NULL,
    kind          TEXT    NOT NULL, -- connector, property, method, param, reqfield, respfield, lookup
    elem_key      TEXT    NOT NULL,
    UNIQUE (owner, connector_uid, kind, elem_key)
);

-- partner_id 0 is the shipped library, which every partner sees.
CREATE TABLE connector_release (
    partner_id    BIGINT  NOT NULL,
    connector_uid TEXT    NOT NULL,
    version       TEXT    NOT NULL,
    hash          TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    connector_key TEXT    NOT NULL,
    connector_id  INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    name_fold     TEXT    NOT NULL,
    api_version   TEXT    NOT NULL,
    document      BLOB    NOT NULL,
    icon          TEXT,
    created_at    BIGINT  NOT NULL,
    PRIMARY KEY (connector_uid, version, partner_id)
);
CREATE INDEX connector_release_name ON connector_release (name_fold, connector_id);
CREATE INDEX connector_release_id ON connector_release (connector_id);
CREATE INDEX connector_release_key ON connector_release (connector_key);

CREATE TABLE account_connector (
    id              INTEGER  NOT NULL PRIMARY KEY,
    partner_id      BIGINT   NOT NULL,
    account_id      BIGINT   NOT NULL,
    root_id         BIGINT   NOT NULL,
    seal_id         TEXT     NOT NULL, -- what sealed values are bound to
    name            TEXT     NOT NULL,
    name_fold       TEXT     NOT NULL,
    description     TEXT,
    connector_uid   TEXT     NOT NULL,
    release_version TEXT     NOT NULL,
    authentication  TEXT     NOT NULL,
    authenticated   SMALLINT NOT NULL,
    native          SMALLINT NOT NULL,
    auth_sealed     BLOB,
    created_at      BIGINT   NOT NULL,
    version         BIGINT   NOT NULL,
    UNIQUE (account_id, name_fold)
);

CREATE TABLE property (
    id                   INTEGER  NOT NULL PRIMARY KEY,
    partner_id           BIGINT   NOT NULL,
    account_id           BIGINT   NOT NULL,
    account_connector_id INTEGER  NOT NULL,
    name                 TEXT     NOT NULL,
    value                TEXT,
    secret               SMALLINT NOT NULL,
    sealed               BLOB,
    UNIQUE (account_connector_id, name)
);

-- Templates and their releases.

CREATE TABLE folder (
    id         TEXT   NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    parent_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE template (
    id          TEXT     NOT NULL PRIMARY KEY,
    partner_id  BIGINT   NOT NULL,
    name        TEXT     NOT NULL,
    name_fold   TEXT     NOT NULL,
    description TEXT,
    folder_id   TEXT     NOT NULL,
    tags        TEXT     NOT NULL, -- JSON list
    published   SMALLINT NOT NULL,
    source_key  TEXT     NOT NULL, -- of a shipped template, else ''
    source_hash TEXT     NOT NULL,
    created_at  BIGINT   NOT NULL
);
CREATE INDEX template_name ON template (partner_id, name_fold, id);

CREATE TABLE template_tag (
    partner_id  BIGINT NOT NULL,
    template_id TEXT   NOT NULL,
    tag         TEXT   NOT NULL,
    PRIMARY KEY (template_id, tag)
);

CREATE TABLE template_release (
    id          TEXT    NOT NULL PRIMARY KEY,
    partner_id  BIGINT  NOT NULL,
    template_id TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    status      TEXT    NOT NULL,
    notes       TEXT    NOT NULL,
    flow        BLOB    NOT NULL,
    created_at  BIGINT  NOT NULL,
    created_by  TEXT    NOT NULL,
    UNIQUE (template_id, number)
);
CREATE UNIQUE INDEX template_release_live ON template_release (template_id) WHERE status = 'Live';

CREATE TABLE template_connector (
    partner_id    BIGINT NOT NULL,
    template_id   TEXT   NOT NULL,
    connector_uid TEXT   NOT NULL,
    PRIMARY KEY (template_id, connector_uid)
);

-- Cycles: the working document, what it uses, and the immutable copies that run.

CREATE TABLE cycle (
    num                 BIGINT   NOT NULL PRIMARY KEY,
    id                  TEXT     NOT NULL UNIQUE,
    partner_id          BIGINT   NOT NULL,
    account_id          BIGINT   NOT NULL,
    root_id             BIGINT   NOT NULL,
    name                TEXT     NOT NULL,
    name_fold           TEXT     NOT NULL,
    description         TEXT,
    tags                TEXT     NOT NULL, -- JSON list
    state               SMALLINT NOT NULL,
    template_id         TEXT     NOT NULL,
    template_release_id TEXT     NOT NULL,
    version             BIGINT   NOT NULL,
    run_version         BIGINT   NOT NULL, -- of the copy that runs; 0: none
    created_at          BIGINT   NOT NULL,
    activated_at        BIGINT   NOT NULL,
    flow                BLOB     NOT NULL  -- last: what every delivery checks stands before it
);
CREATE INDEX cycle_name ON cycle (account_id, name_fold, id);
CREATE INDEX cycle_created ON cycle (account_id, created_at, id);

CREATE TABLE cycle_tag (
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    cycle_num  BIGINT NOT NULL,
    tag        TEXT   NOT NULL,
    PRIMARY KEY (cycle_num, tag)
);

CREATE TABLE cycle_connector (
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    cycle_num            BIGINT  NOT NULL,
    account_connector_id INTEGER NOT NULL,
    connector_uid        TEXT    NOT NULL,
    PRIMARY KEY (cycle_num, account_connector_id, connector_uid)
);
CREATE INDEX cycle_connector_used ON cycle_connector (account_connector_id, cycle_num);

CREATE TABLE cycle_step (
    step_id    TEXT   NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    cycle_num  BIGINT NOT NULL
);
CREATE INDEX cycle_step_cycle ON cycle_step (cycle_num);

CREATE TABLE cycle_run (
    cycle_num  BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    flow       BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (cycle_num, version)
);

-- Where deliveries go. The identifier belongs to the step and never changes.
CREATE TABLE webhook (
    identifier           TEXT    NOT NULL PRIMARY KEY,
    partner_id           BIGINT  NOT NULL,
    account_id           BIGINT  NOT NULL,
    root_id              BIGINT  NOT NULL,
    cycle_num            BIGINT  NOT NULL,
    step_id              TEXT    NOT NULL UNIQUE,
    connector_uid        TEXT    NOT NULL,
    release_version      TEXT    NOT NULL,
    method_uid           TEXT    NOT NULL,
    account_connector_id INTEGER NOT NULL
);
CREATE INDEX webhook_cycle ON webhook (cycle_num);
