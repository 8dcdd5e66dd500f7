-- First pages of lists, in each of their orders, with deleted accounts left out.
CREATE INDEX account_live_by_name ON account (partner_id, parent_id, name_fold, id) WHERE state <> 2;
CREATE INDEX account_live_by_api_id ON account (partner_id, parent_id, api_id, id) WHERE state <> 2;
CREATE INDEX account_live_by_created ON account (partner_id, parent_id, created_at, id) WHERE state <> 2;
CREATE INDEX account_live ON account (partner_id, num) WHERE state <> 2;
CREATE INDEX cycle_by_id ON cycle (account_id, id);

-- What accounts are searched by: name and API id, folded, from each of their characters on. A text is part of a name where
-- it begins one of these.
CREATE TABLE account_part (
    partner_id BIGINT NOT NULL,
    part       TEXT   NOT NULL, -- no more than 24 characters
    account_id BIGINT NOT NULL,
    PRIMARY KEY (partner_id, part, account_id)
) WITHOUT ROWID;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
INSERT INTO account_part (partner_id, part, account_id)
    SELECT a.partner_id, SUBSTR(a.name_fold, n.i, 24), a.num FROM account a JOIN n ON n.i <= LENGTH(a.name_fold) WHERE a.state <> 2
    UNION SELECT a.partner_id, SUBSTR(LOWER(a.api_id), n.i, 24), a.num FROM account a JOIN n ON n.i <= LENGTH(a.api_id) WHERE a.state <> 2;

-- Answers that repeats of calls are given count towards what an account has stored: connector_id 0 of entry_size is theirs.
INSERT INTO entry_size (account_id, connector_id, cycle_num, partner_id, entries, bytes)
    SELECT c.account_id, 0, 0, c.partner_id, COUNT(*), SUM(LENGTH(c.call) + LENGTH(c.answer)) FROM entry_call c GROUP BY c.account_id, c.partner_id;
