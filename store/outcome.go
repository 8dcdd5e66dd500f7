package store

import "paceline"

// SettleOutcome gives the incident of a call with an unknown outcome another code, and says whether there was one: of
// two who decide at once, one does. With from and to swapped it is taken back.
func (tx *Tx) SettleOutcome(scope paceline.Scope, run int64, from, to paceline.Code) (bool, error) {
	n, err := tx.exec(`UPDATE incident SET code = $5 WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND code = $4`,
		scope.Partner, scope.Account, run, string(from), string(to))
	return n > 0, err
}

// OutcomeOpen reports whether a transaction has a call with an unknown outcome about which nobody has decided.
func (tx *Tx) OutcomeOpen(scope paceline.Scope, run int64) (bool, error) {
	return tx.one(`SELECT 1 FROM incident WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND code = $4`,
		[]any{scope.Partner, scope.Account, run, string(paceline.CodeUnknownOutcome)}, func(*Row) {})
}
