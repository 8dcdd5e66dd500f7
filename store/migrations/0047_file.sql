-- Files that steps have received: values name them, no row does, so they stay as long as the data of their transaction.
ALTER TABLE blob ADD COLUMN file SMALLINT NOT NULL DEFAULT 0;
