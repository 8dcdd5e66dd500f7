-- What a marketplace tells is listed for its partner, over all accounts.
CREATE INDEX delivery_by_marketplace ON delivery (marketplace_id, at, id) WHERE marketplace_id <> 0;
CREATE INDEX delivery_done_by_marketplace ON delivery_done (marketplace_id, at, id) WHERE marketplace_id <> 0;

-- The number of the package, which stays known when its card is gone.
ALTER TABLE embed_install ADD COLUMN package INTEGER NOT NULL DEFAULT 0;
CREATE INDEX embed_install_of_cycle ON embed_install_cycle (cycle_id);
