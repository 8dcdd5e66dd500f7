-- When the vendor is to be asked whether it has more subscriptions than ours: after a creation whose answer got lost with another
-- process, which may have reached the vendor late. 0: it is not.
ALTER TABLE subscription ADD COLUMN check_at BIGINT NOT NULL DEFAULT 0;
