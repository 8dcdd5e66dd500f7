-- Several servers on one PostgreSQL database. Each is a node for as long as its process lives: its number is never
-- given again, and lease_until is by the database's clock. Each of the 256 shards of root accounts (the last bits of
-- their numbers) belongs to one node, or to none for a moment. A server that is alone has no rows here.
ALTER TABLE node ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE node ADD COLUMN started_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN leaving SMALLINT NOT NULL DEFAULT 0; -- it stops, and gets no shard any more

CREATE TABLE shard (
    id   INTEGER NOT NULL PRIMARY KEY,
    node INTEGER NOT NULL -- 0: nobody's
);
