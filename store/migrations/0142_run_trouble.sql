-- Transactions by how many errors or warnings they recorded: most recorded none, and cost these indexes nothing.
CREATE INDEX run_by_errors ON run (account_id, errors, created_at, num) WHERE errors > 0;
CREATE INDEX run_by_warnings ON run (account_id, warnings, created_at, num) WHERE warnings > 0;
