-- The console lists a partner's apps at vendors.
CREATE INDEX oauth_app_by_partner ON oauth_app (partner_id, connector_uid);
