-- The cycle in which a draft release is designed, and the account that it lies in.
ALTER TABLE template_release ADD COLUMN design_cycle TEXT NOT NULL DEFAULT '';
ALTER TABLE template_release ADD COLUMN design_account BIGINT NOT NULL DEFAULT 0;
