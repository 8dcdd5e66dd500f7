-- What a step gave to the method that made a subscription; those that renew and remove it get the same. NULL is nothing.
ALTER TABLE subscription ADD COLUMN inputs_sealed BLOB;
