-- When a cycle was last stopped: what a stop holds back is cancelled a day after it, however often the server starts meanwhile.
ALTER TABLE cycle ADD COLUMN stopped_at BIGINT NOT NULL DEFAULT 0;
