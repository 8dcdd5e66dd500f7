-- The live transactions of a cycle: whether others of it are live is asked while those of other cycles of the account
-- may be ready by the hundred thousand.
CREATE INDEX run_live_of_cycle ON run (cycle_num, due_at, num) WHERE state = 0;
