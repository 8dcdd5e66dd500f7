-- Collection splits: what a transaction has to do with them (paceline.SplitMark), and how far a long step has come.
ALTER TABLE run ADD COLUMN split SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE step ADD COLUMN progress BLOB;
