package store

import "paceline"

const (
	sqlDecide      = `UPDATE incident SET code = $5 WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND code = $4`
	sqlOutcomeOpen = `SELECT 1 FROM incident WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND code = $4`
)

// decide gives the incident of a call with an unknown outcome another code, and says whether there was one: of two who
// decide at once, one does. With from and to swapped it is taken back.
func decide(exec func(string, ...any) (int64, error), partner, account, run int64, from, to paceline.Code) (bool, error) {
	n, err := exec(sqlDecide, partner, account, run, string(from), string(to))
	return n > 0, err
}

// SettleOutcome marks the call of a transaction whose outcome is unknown as decided about, with nothing that goes on for it (else
// Accept.Settles), and says whether it was open.
func (tx *Tx) SettleOutcome(scope paceline.Scope, run int64) (bool, error) {
	return decide(tx.exec, scope.Partner, scope.Account, run, paceline.CodeUnknownOutcome, paceline.CodeOutcomeResolved)
}

// OutcomeOpen reports whether a transaction has a call with an unknown outcome about which nobody has decided.
func (tx *Tx) OutcomeOpen(scope paceline.Scope, run int64) (bool, error) {
	return tx.one(sqlOutcomeOpen, []any{scope.Partner, scope.Account, run, string(paceline.CodeUnknownOutcome)}, func(*Row) {})
}
