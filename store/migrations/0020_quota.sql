-- What an account has stored, in bytes, as sums of its cycles, and how much it may (D-31).
ALTER TABLE cycle_counter ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
CREATE INDEX cycle_counter_by_account ON cycle_counter (account_id);
ALTER TABLE blob ADD COLUMN cycle_num BIGINT NOT NULL DEFAULT 0;
CREATE INDEX blob_by_age ON blob (created_at, id);
ALTER TABLE account ADD COLUMN quota_bytes BIGINT; -- NULL: the partner's, 0: none
ALTER TABLE account ADD COLUMN quota_tasks BIGINT;

-- The share of a quota that was told, so that it is told once.
CREATE TABLE quota_told (
    account_id BIGINT   NOT NULL,
    kind       SMALLINT NOT NULL, -- 0 bytes, 1 tasks
    partner_id BIGINT   NOT NULL,
    level      SMALLINT NOT NULL, -- per cent
    month      INTEGER  NOT NULL, -- of tasks: months since year 0
    PRIMARY KEY (account_id, kind)
);

UPDATE blob SET cycle_num = COALESCE((SELECT run.cycle_num FROM run WHERE run.num = blob.run), 0);
UPDATE cycle_counter SET bytes =
    COALESCE((SELECT SUM(LENGTH(s.output)) FROM run r JOIN step s ON s.id >= r.num * 1048576 AND s.id < (r.num + 1) * 1048576
        WHERE r.cycle_num = cycle_counter.cycle_num), 0)
    + COALESCE((SELECT SUM(COALESCE(LENGTH(x.request), 0) + COALESCE(LENGTH(x.response), 0))
        FROM run r JOIN exchange x ON x.step >= r.num * 1048576 AND x.step < (r.num + 1) * 1048576
        WHERE r.cycle_num = cycle_counter.cycle_num), 0)
    + COALESCE((SELECT SUM(LENGTH(i.detail)) FROM incident i WHERE i.cycle_num = cycle_counter.cycle_num), 0)
    + COALESCE((SELECT SUM(LENGTH(c.bytes)) FROM blob b JOIN blob_chunk c ON c.blob = b.id
        WHERE b.cycle_num = cycle_counter.cycle_num), 0);
