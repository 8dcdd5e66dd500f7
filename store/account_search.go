package store

import (
	"unicode/utf8"

	"paceline"
)

// Accounts are found by any part of their name or API id: account_part has both from each character on, so that a part
// is the beginning of a row. What very many accounts have is looked for in the order of the list instead, which soon
// comes upon a page of them.

const (
	accountPart  = 24     // characters of a row, as the statements below have it
	rareAccounts = 20_000 // rows that begin with a text few accounts have, at most
)

// The rows of a name (parameter 3) and an API id (4), of which the longer one has $5 characters.
const (
	countedParts = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($5 AS INTEGER)) `
	parts        = `SELECT SUBSTR(CAST($3 AS TEXT), n.i, 24) AS part FROM n WHERE n.i <= LENGTH(CAST($3 AS TEXT))
		UNION SELECT SUBSTR(CAST($4 AS TEXT), n.i, 24) AS part FROM n WHERE n.i <= LENGTH(CAST($4 AS TEXT))`
)

func partArgs(scope paceline.Scope, num int64, name, apiID string) []any {
	name, apiID = Fold(name), Fold(apiID)
	return []any{scope.Partner, num, name, apiID, max(utf8.RuneCountInString(name), utf8.RuneCountInString(apiID))}
}

// addParts lets an account be found by its name and its API id.
func (tx *Tx) addParts(scope paceline.Scope, num int64, name, apiID string) error {
	_, err := tx.exec(countedParts+`INSERT INTO account_part (partner_id, account_id, part)
		SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), q.part FROM (`+parts+`) q`, partArgs(scope, num, name, apiID)...)
	return err
}

// dropParts undoes addParts, before the account's row is changed.
func (tx *Tx) dropParts(scope paceline.Scope, num int64) error {
	var name, apiID string
	found, err := tx.one(`SELECT name, api_id FROM account WHERE partner_id = $1 AND num = $2`, []any{scope.Partner, num},
		func(r *Row) { name, apiID = r.Text(0), r.Text(1) })
	if err != nil || !found {
		return err
	}
	_, err = tx.exec(countedParts+`DELETE FROM account_part WHERE partner_id = $1 AND account_id = $2 AND part IN (`+parts+`)`,
		partArgs(scope, num, name, apiID)...)
	return err
}

// partRange is between which rows those lie that begin with the text.
func partRange(text string) (from, to string) {
	text = Fold(text)
	n := 0
	for i := range text {
		if n == accountPart {
			text = text[:i]
			break
		}
		n++
	}
	return text, afterPrefix(text)
}

// rarely reports whether few accounts have the text in their name or API id.
func (tx *Tx) rarely(scope paceline.Scope, text string) (bool, error) {
	from, to := partRange(text)
	n := 0
	_, err := tx.one(`SELECT COUNT(*) FROM (SELECT account_id FROM account_part WHERE partner_id = $1 AND part >= $2 AND part < $3 LIMIT $4) counted`,
		[]any{scope.Partner, from, to, rareAccounts + 1}, func(r *Row) { n = int(r.Int(0)) })
	return n <= rareAccounts, err
}
