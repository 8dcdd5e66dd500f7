-- Who vouches for a release of a connector, and the signature; empty for one that nobody signed.

ALTER TABLE connector_release ADD COLUMN signer TEXT NOT NULL DEFAULT '';
ALTER TABLE connector_release ADD COLUMN signature TEXT NOT NULL DEFAULT '';
