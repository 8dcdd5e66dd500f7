package store

import "paceline"

const sqlInsertAudit = `INSERT INTO audit_event (id, partner_id, account_id, at, actor, action, subject, subject_id, comment)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// InsertAudit records an event in the transaction of the change that it tells of.
func (tx *Tx) InsertAudit(scope paceline.Scope, e paceline.AuditEvent) error {
	_, err := tx.exec(sqlInsertAudit, paceline.NewID(tx.now), scope.Partner, scope.Account, e.At, e.Actor, e.Action, e.Subject, e.SubjectID, e.Comment)
	return err
}

// audit records an event in the op of the change that it tells of.
func (a *applier) audit(r *paceline.Run, e *paceline.AuditEvent) error {
	if e == nil {
		return nil
	}
	_, err := a.exec(sqlInsertAudit, paceline.NewID(e.At.Time()), r.Partner, r.Account, e.At, e.Actor, e.Action, e.Subject, e.SubjectID, e.Comment)
	return err
}

// unaudit takes back what was recorded of an op that was taken back itself.
func (a *applier) unaudit(r *paceline.Run, e *paceline.AuditEvent) error {
	if e == nil {
		return nil
	}
	_, err := a.exec(`DELETE FROM audit_event WHERE partner_id = $1 AND account_id = $2 AND at = $3 AND actor = $4 AND action = $5 AND subject_id = $6`,
		r.Partner, r.Account, e.At, e.Actor, e.Action, e.SubjectID)
	return err
}

// AuditFilter chooses audit events of a partner.
type AuditFilter struct {
	Account  int64 // 0: events of all accounts and of the partner itself
	From, To paceline.Micros
}

// AuditEvents returns one page of events, the newest first.
func (tx *Tx) AuditEvents(scope paceline.Scope, f AuditFilter, page paceline.Page) (list paceline.List[paceline.AuditEvent], err error) {
	if f.To == 0 {
		f.To = endOfTime
	}
	const where = ` WHERE partner_id = $1 AND ($2 = 0 OR account_id = $2) AND at >= $3 AND at < $4`
	args := []any{scope.Partner, f.Account, f.From, f.To, page.Limit() + 1, page.Offset()}
	sql := `SELECT partner_id, account_id, at, actor, action, subject, subject_id, comment, id FROM audit_event` + where
	if at, id, ok := decodeCursor(page.After, true); ok {
		args[5] = 0
		args = append(args, at, id)
		sql += ` AND (at < $7 OR (at = $7 AND id < $8))`
	}
	var last paceline.ID
	err = tx.query(sql+` ORDER BY at DESC, id DESC LIMIT $5 OFFSET $6`, args, func(r *Row) error {
		if len(list.Items) == page.Limit() {
			list.Next = encodeCursor(micros(list.Items[len(list.Items)-1].At), last)
			return nil
		}
		list.Items = append(list.Items, paceline.AuditEvent{
			Partner: r.Int(0), Account: r.Int(1), At: r.Micros(2), Actor: r.Text(3), Action: r.Text(4),
			Subject: r.Text(5), SubjectID: r.Text(6), Comment: r.Text(7),
		})
		last = r.ID(8)
		return nil
	})
	if err != nil {
		return list, err
	}
	list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM audit_event`+where+` LIMIT $5) counted`, args[:4])
	return list, err
}

// CycleTurn is when a cycle was started or stopped, and by whom.
type CycleTurn struct {
	Cycle  paceline.ID
	At     paceline.Micros
	Actor  string
	Action string // cycle.activated, cycle.deactivated or cycle.stopped
}

// CycleTurns returns the last turns of the cycles of the scope's account since a time, the newest first, at most limit.
func (tx *Tx) CycleTurns(scope paceline.Scope, since paceline.Micros, limit int) (list []CycleTurn, err error) {
	err = tx.query(`SELECT subject_id, at, actor, action FROM audit_event WHERE partner_id = $1 AND account_id = $2 AND at >= $3
		AND subject = 'cycle' AND action IN ('cycle.activated', 'cycle.deactivated', 'cycle.stopped') ORDER BY at DESC, id DESC LIMIT $4`,
		[]any{scope.Partner, scope.Account, since, int64(limit)}, func(r *Row) error {
			list = append(list, CycleTurn{Cycle: paceline.ID(r.Text(0)), At: r.Micros(1), Actor: r.Text(2), Action: r.Text(3)})
			return nil
		})
	return list, err
}
