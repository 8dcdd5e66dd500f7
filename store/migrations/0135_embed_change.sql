-- When somebody who changes an install was last heard of, and which of its cycles ran before: the server starts them again when
-- nobody comes to the end of it.
ALTER TABLE embed_install ADD COLUMN changing_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX embed_install_changing ON embed_install (changing_at, id) WHERE changing_at <> 0;
ALTER TABLE embed_install_cycle ADD COLUMN resumes SMALLINT NOT NULL DEFAULT 0;
