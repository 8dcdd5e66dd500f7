package store

import (
	"time"

	"paceline"
)

// DeliveryState is what became of a delivery.
type DeliveryState int

// The states.
const (
	DeliveryWaiting   DeliveryState = iota
	DeliveryDelivered               // the receiver took it
	DeliveryFailed                  // it was given up
)

// TrackedDelivery is a delivery that waits, or one that ended a while ago. Its incident has no detail.
type TrackedDelivery struct {
	Delivery
	State   DeliveryState
	Status  int             // HTTP status of the last answer; 0: there was none
	EndedAt paceline.Micros // 0 while it waits
}

// deliveryKept is how long a delivery that ended is known.
const deliveryKept = 7 * 24 * time.Hour

const (
	deliveryDoneColumns = `id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind, warning, code, at, marketplace_id`
	sqlTracked          = ` FROM (SELECT ` + deliveryDoneColumns + `, attempt, due_at, 0 AS state, status, 0 AS ended_at
			FROM delivery WHERE partner_id = $1 AND account_id = $2 AND marketplace_id = 0
		UNION ALL SELECT ` + deliveryDoneColumns + `, attempt, 0, state, status, ended_at
			FROM delivery_done WHERE partner_id = $1 AND account_id = $2 AND marketplace_id = 0 AND ended_at > $4) d WHERE ($3 < 0 OR d.state = $3)`
)

// TrackedDeliveries lists the error webhooks of the scope's account, newest incident first; state -1 means all.
func (tx *Tx) TrackedDeliveries(scope paceline.Scope, state DeliveryState, page paceline.Page) (list paceline.List[TrackedDelivery], err error) {
	args := []any{scope.Partner, scope.Account, int(state), tx.Now().Add(-deliveryKept)}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+sqlTracked+` LIMIT $5) counted`, args); err != nil {
		return list, err
	}
	err = tx.query(`SELECT d.id, d.cycle_num, d.run, d.step_id, d.step_name, d.step_kind, d.warning, d.code, d.at, d.attempt, d.due_at,
		d.state, d.status, d.ended_at`+sqlTracked+` ORDER BY d.at DESC, d.id DESC LIMIT $5 OFFSET $6`,
		append(args, page.Limit(), page.Offset()), func(r *Row) error {
			list.Items = append(list.Items, scanTracked(scope, r))
			return nil
		})
	return list, err
}

// TrackedDelivery returns one of them.
func (tx *Tx) TrackedDelivery(scope paceline.Scope, id int64) (d TrackedDelivery, found bool, err error) {
	found, err = tx.one(`SELECT d.id, d.cycle_num, d.run, d.step_id, d.step_name, d.step_kind, d.warning, d.code, d.at, d.attempt, d.due_at,
		d.state, d.status, d.ended_at`+sqlTracked+` AND d.id = $5`, []any{scope.Partner, scope.Account, -1, tx.Now().Add(-deliveryKept), id},
		func(r *Row) { d = scanTracked(scope, r) })
	return d, found, err
}

func scanTracked(scope paceline.Scope, r *Row) TrackedDelivery {
	return TrackedDelivery{
		Delivery: Delivery{Incident: paceline.Incident{
			ID: r.Int(0), Partner: scope.Partner, Account: scope.Account, Cycle: r.Int(1), Run: r.Int(2), StepID: r.ID(3),
			StepName: r.Text(4), StepKind: paceline.StepKind(r.Int(5)), Warning: r.Bool(6), Code: paceline.Code(r.Text(7)), At: r.Micros(8),
		}, Attempt: int(r.Int(9)), DueAt: r.Micros(10)},
		State: DeliveryState(r.Int(11)), Status: int(r.Int(12)), EndedAt: r.Micros(13),
	}
}

// EndDelivery notes that a delivery was taken or is given up, and forgets what ended long ago.
func (tx *Tx) EndDelivery(scope paceline.Scope, id int64, state DeliveryState, status int) error {
	_, err := tx.exec(`INSERT INTO delivery_done (`+deliveryDoneColumns+`, body, attempt, state, status, ended_at)
		SELECT `+deliveryDoneColumns+`, CASE WHEN marketplace_id <> 0 THEN detail END, attempt, $4, CASE WHEN $5 = 0 THEN status ELSE $5 END, $6 FROM delivery WHERE partner_id = $1 AND account_id = $2 AND id = $3
		ON CONFLICT (id) DO UPDATE SET attempt = excluded.attempt, state = excluded.state, status = excluded.status, ended_at = excluded.ended_at`,
		scope.Partner, scope.Account, id, int(state), status, tx.Now())
	if err == nil {
		err = tx.DeleteDelivery(scope, id)
	}
	if err == nil {
		_, err = tx.exec(`DELETE FROM delivery_done WHERE partner_id = $1 AND account_id = $2 AND ended_at <= $3`,
			scope.Partner, scope.Account, tx.Now().Add(-deliveryKept))
	}
	return err
}

// ReplayDelivery makes a delivery due now: one that waits at once, one that ended anew, with all its tries, under the
// same id.
func (tx *Tx) ReplayDelivery(scope paceline.Scope, id int64) error {
	_, err := tx.exec(`UPDATE delivery SET due_at = $4, replayed_at = $4, tried_at = 0, attempt = 0 WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		scope.Partner, scope.Account, id, tx.Now())
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO delivery (`+deliveryDoneColumns+`, detail, attempt, due_at, status, replayed_at)
		SELECT `+deliveryDoneColumns+`, CASE WHEN marketplace_id <> 0 THEN body ELSE (SELECT i.detail FROM incident i WHERE i.partner_id = $1 AND i.account_id = $2 AND i.id = $3) END, 0, $4, status, $4
		FROM delivery_done WHERE partner_id = $1 AND account_id = $2 AND id = $3 ON CONFLICT (id) DO NOTHING`,
		scope.Partner, scope.Account, id, tx.Now())
	if err == nil {
		_, err = tx.exec(`DELETE FROM delivery_done WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, id)
	}
	return err
}
