-- What commits of many ops add to the counters, until a later commit writes the counters themselves and
-- removes these rows. What a crash leaves here is added at the next start.
CREATE TABLE tally (
    node   INTEGER NOT NULL,
    writer INTEGER NOT NULL,
    batch  BIGINT  NOT NULL, -- rises with each commit
    body   BLOB    NOT NULL, -- see store/tally.go
    PRIMARY KEY (node, writer, batch)
);
-- postgres: ALTER TABLE tally ALTER COLUMN body SET STORAGE EXTERNAL;
-- postgres: ALTER TABLE tally SET (toast_tuple_target = 8160);
