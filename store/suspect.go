package store

import "paceline"

// Note writes down that a transaction from before a death is about to be carried, beside others.
func (tx *Tx) Note(scope paceline.Scope, run int64) error {
	_, err := tx.exec(`INSERT INTO suspect (run, partner_id, account_id, deaths) VALUES ($1, $2, $3, 1) ON CONFLICT (run) DO NOTHING`,
		run, scope.Partner, scope.Account)
	return err
}

const sqlSuspects = `SELECT run FROM suspect`

// Suspects are the transactions of the installation that are noted as being carried.
func (tx *Tx) Suspects() (runs []int64, err error) {
	err = tx.query(sqlSuspects, nil, func(r *Row) error {
		runs = append(runs, r.Int(0))
		return nil
	})
	return runs, err
}

// Accuse notes that a transaction that was noted when the process died is about to be carried alone, and returns in how many
// deaths it was noted.
func (tx *Tx) Accuse(scope paceline.Scope, run int64) (deaths int, err error) {
	_, err = tx.one(`SELECT deaths FROM suspect WHERE partner_id = $1 AND account_id = $2 AND run = $3`,
		[]any{scope.Partner, scope.Account, run}, func(r *Row) { deaths = int(r.Int(0)) })
	if err != nil {
		return 0, err
	}
	_, err = tx.exec(`INSERT INTO suspect (run, partner_id, account_id, deaths) VALUES ($1, $2, $3, 1)
		ON CONFLICT (run) DO UPDATE SET deaths = suspect.deaths + 1`, run, scope.Partner, scope.Account)
	return deaths, err
}

// Acquit forgets that a transaction is suspected.
func (tx *Tx) Acquit(scope paceline.Scope, run int64) error {
	_, err := tx.exec(`DELETE FROM suspect WHERE partner_id = $1 AND account_id = $2 AND run = $3`, scope.Partner, scope.Account, run)
	return err
}

const sqlAcquitAll = `DELETE FROM suspect`

// AcquitAll forgets every suspect of the installation.
func (tx *Tx) AcquitAll() error {
	_, err := tx.exec(sqlAcquitAll)
	return err
}
