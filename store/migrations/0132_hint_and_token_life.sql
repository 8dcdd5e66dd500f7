-- The end of a secret, by which people tell which one is stored: sealed, and read without opening the secret itself.
ALTER TABLE account_connector ADD COLUMN auth_hint BLOB;
ALTER TABLE property ADD COLUMN hint BLOB;
-- How long the tokens of a client last, in seconds; 0 is the longest that there is.
ALTER TABLE api_client ADD COLUMN token_life BIGINT NOT NULL DEFAULT 0;
