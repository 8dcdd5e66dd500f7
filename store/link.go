package store

import "paceline"

// Link says that a step of another cycle's transaction started this one.
type Link struct {
	FromRun int64 // 0: a call on demand
	Depth   int   // how many links led here, this one included
}

const (
	sqlLink   = `INSERT INTO link (run, partner_id, account_id, from_run, depth) VALUES ($1, $2, $3, $4, $5)`
	sqlUnlink = `DELETE FROM link WHERE run = $1`
)

// link writes where a linked transaction comes from.
func (a *applier) link(r *paceline.Run, l *Link) error {
	if l == nil {
		return nil
	}
	_, err := a.exec(sqlLink, r.Num, r.Partner, r.Account, l.FromRun, l.Depth)
	return err
}

// maxForebears bounds the splits and repetitions between a transaction and the link that it comes from.
const maxForebears = 1000

// LinkDepth returns how many links between cycles led to a transaction of the scope's account: to itself, or to
// one that it was split or repeated from. known is false for a transaction that the account does not have, and
// when it has more forebears than any sensible one.
func (tx *Tx) LinkDepth(scope paceline.Scope, run int64) (depth int, known bool, err error) {
	for n := range maxForebears {
		if run == 0 {
			return 0, n > 0, nil
		}
		var parent int64
		found, err := tx.one(`SELECT r.parent, COALESCE(l.depth, 0) FROM run r
			LEFT JOIN link l ON l.partner_id = $1 AND l.account_id = $2 AND l.run = r.num
			WHERE r.partner_id = $1 AND r.account_id = $2 AND r.num = $3`,
			[]any{scope.Partner, scope.Account, run}, func(r *Row) { parent, depth = r.Int(0), int(r.Int(1)) })
		if err != nil || !found || depth > 0 {
			return depth, found || n > 0, err
		}
		run = parent
	}
	return 0, false, nil
}
