-- When a template came into the recycle bin; 1 when it is gone for good and only its place is kept, so that the shipped one is
-- not made anew.

ALTER TABLE template ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX template_deleted ON template (deleted_at) WHERE deleted_at > 1;
