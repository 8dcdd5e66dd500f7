-- The first call of an execution that ends with it lies in the execution's row (others in exchange): most rows have that one
-- only, and a row of its own costs an insert and an entry of an index more. NULL: none, or it went with the data.
ALTER TABLE step ADD COLUMN call_status INTEGER;
ALTER TABLE step ADD COLUMN call_millis INTEGER;
ALTER TABLE step ADD COLUMN call_at BIGINT;
ALTER TABLE step ADD COLUMN request BLOB;
ALTER TABLE step ADD COLUMN response BLOB;
-- postgres: ALTER TABLE step ALTER COLUMN request SET STORAGE EXTERNAL, ALTER COLUMN response SET STORAGE EXTERNAL;
