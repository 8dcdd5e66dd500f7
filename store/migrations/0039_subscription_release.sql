-- The release of the connector that made a subscription, which also renews and removes it; '' is the account connector's own.
ALTER TABLE subscription ADD COLUMN release_version TEXT NOT NULL DEFAULT '';
