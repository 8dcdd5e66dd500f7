-- Folders of an account's cycles, and the indexes of reports over all that a partner has.

CREATE TABLE cycle_folder (
    id         TEXT   NOT NULL PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    parent_id  TEXT   NOT NULL, -- '' at the top
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX cycle_folder_by_account ON cycle_folder (account_id, id);
ALTER TABLE cycle ADD COLUMN folder_id TEXT NOT NULL DEFAULT '';
CREATE INDEX cycle_in_folder ON cycle (account_id, folder_id, num) WHERE folder_id <> '';

CREATE INDEX cycle_of_partner ON cycle (partner_id, state, account_id, template_id, template_release_id, num);
CREATE INDEX account_connector_of_partner ON account_connector (partner_id, connector_uid, account_id, id);
CREATE INDEX run_stopped_of_partner ON run (partner_id, created_at, num) WHERE state > 1;
