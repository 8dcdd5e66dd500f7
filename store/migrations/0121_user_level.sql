-- Whether a user administers the account, beside working in it.

ALTER TABLE account_person ADD COLUMN administrator SMALLINT NOT NULL DEFAULT 0;
