-- Lists of an account's cycles leave the recycle bin out without reading the cycles' rows.

CREATE INDEX cycle_binned ON cycle (account_id, num) WHERE state = 6;
