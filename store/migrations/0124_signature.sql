-- The shape of what went wrong, such as POST 422: with step and code it is the signature of an error.
ALTER TABLE incident ADD COLUMN shape TEXT NOT NULL DEFAULT '';
-- When an error webhook was first tried: it is given up three days later.
ALTER TABLE delivery ADD COLUMN tried_at BIGINT NOT NULL DEFAULT 0;
