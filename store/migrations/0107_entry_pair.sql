-- Rows of cross references are found by the ids of both records, too: a file that is loaded again changes what it brought.

CREATE INDEX entry_by_pair ON entry (account_id, connector_id, cycle_num, reference_1, reference_2) WHERE reference_1 <> '';
DROP INDEX entry_by_reference_1;
