-- What lists with filters look for, so that a filter that few rows meet does not walk through all of an account's.
CREATE INDEX cycle_template ON cycle (account_id, template_id, template_release_id);
CREATE INDEX cycle_tag_by_account ON cycle_tag (account_id, tag, cycle_num);
CREATE INDEX cycle_connector_by_account ON cycle_connector (account_id, connector_uid, cycle_num);
CREATE INDEX run_split ON run (account_id, created_at, num) WHERE split <> 0;
CREATE INDEX run_stopped ON run (account_id, created_at, num) WHERE state > 2;
CREATE INDEX incident_by_level ON incident (account_id, warning, at, id);
CREATE INDEX subscription_by_account ON subscription (account_id, id);
CREATE INDEX folder_by_partner ON folder (partner_id, id);
