package store

import (
	"context"

	"paceline"
)

// Delivery is an incident that is to be posted to the error webhook of its account. Its row is written
// with the incident's (paceline.Incident.Notify) and has the same id. With a Marketplace it is what that is told of the account;
// its body is sealed in Detail.
type Delivery struct {
	paceline.Incident
	Marketplace int32
	Attempt     int // tries that failed
	DueAt       paceline.Micros
	ReplayedAt  paceline.Micros // when it was sent anew by hand; 0: never
	TriedAt     paceline.Micros // when it was first tried, since then; 0: not yet
}

const (
	sqlInsertDelivery = `INSERT INTO delivery (id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind,
		warning, code, detail, at, attempt, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $12)`
	sqlInsertNotification = `INSERT INTO delivery (id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind,
		warning, code, detail, at, attempt, due_at, marketplace_id) VALUES ($1, $2, $3, 0, 0, '', '', 0, 0, '', $4, $5, 0, $6, $7)`
	sqlInsertPause = `INSERT INTO delivery (id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind,
		warning, code, at, attempt, due_at, marketplace_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, 0, $10, $11)`
	sqlNextDeliveryQueue = `SELECT d.account_id, d.marketplace_id, d.partner_id, COALESCE((SELECT a.root_id FROM account a WHERE a.num = d.account_id), d.account_id)
		FROM delivery d WHERE (d.account_id, d.marketplace_id) > ($1, $2) ORDER BY d.account_id, d.marketplace_id LIMIT 1`
)

// DeliveryQueue is the deliveries of an account that go to one address: its error webhook, or with a Marketplace that one's.
type DeliveryQueue struct {
	paceline.Scope
	Marketplace int32
}

// PauseQueue stands in place of a Marketplace for the partner's notification webhook, which is told of cycles that an error has
// paused. Its deliveries are incidents without a detail.
const PauseQueue int32 = -1

// InsertNotification queues what a marketplace is told of the scope's account, sealed, and returns its id.
func (tx *Tx) InsertNotification(q DeliveryQueue, body []byte, due paceline.Micros) (id int64, err error) {
	if id, err = tx.nextNum("incident"); err == nil { // both kinds share their ids
		_, err = tx.exec(sqlInsertNotification, id, q.Partner, q.Account, body, tx.Now(), due, int64(q.Marketplace))
	}
	return id, err
}

// ReleaseNotification gives one that was not posted yet the body that it shall have, and makes it due. It answers false for one that
// was posted.
func (tx *Tx) ReleaseNotification(q DeliveryQueue, id int64, body []byte) (bool, error) {
	n, err := tx.exec(`UPDATE delivery SET detail = $5, due_at = $6 WHERE partner_id = $1 AND account_id = $2 AND marketplace_id = $3 AND id = $4 AND attempt = 0`,
		q.Partner, q.Account, int64(q.Marketplace), id, body, tx.Now())
	return n > 0, err
}

// DeliveryQueues returns those that are not empty, of the accounts that this process works for, for a start.
func (s *Store) DeliveryQueues(ctx context.Context) (list []DeliveryQueue, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		last := DeliveryQueue{}
		for {
			found, err := tx.one(sqlNextDeliveryQueue, []any{last.Account, int64(last.Marketplace)}, func(r *Row) {
				last = DeliveryQueue{Scope: paceline.Scope{Partner: r.Int(2), Account: r.Int(0)}, Marketplace: r.Int32(1)}
				if s.Owns(r.Int(3)) {
					list = append(list, last)
				}
			})
			if err != nil || !found {
				return err
			}
		}
	})
	return list, err
}

// Deliveries returns up to n deliveries of a queue, those first that are due first.
func (tx *Tx) Deliveries(q DeliveryQueue, n int) (list []Delivery, err error) {
	err = tx.query(`SELECT d.id, d.cycle_num, d.run, d.step_id, d.step_name, d.step_kind, d.warning, d.code, d.detail, d.at,
		d.attempt, d.due_at, d.replayed_at, d.tried_at FROM delivery d WHERE d.partner_id = $1 AND d.account_id = $2 AND d.marketplace_id = $3 ORDER BY d.due_at, d.id LIMIT $4`,
		[]any{q.Partner, q.Account, int64(q.Marketplace), n}, func(r *Row) error {
			list = append(list, Delivery{
				Incident: paceline.Incident{
					ID: r.Int(0), Partner: q.Partner, Account: q.Account, Cycle: r.Int(1), Run: r.Int(2), StepID: r.ID(3),
					StepName: r.Text(4), StepKind: paceline.StepKind(r.Int(5)), Warning: r.Bool(6), Code: paceline.Code(r.Text(7)),
					Detail: r.Bytes(8), At: r.Micros(9),
				},
				Marketplace: q.Marketplace, Attempt: int(r.Int(10)), DueAt: r.Micros(11), ReplayedAt: r.Micros(12), TriedAt: r.Micros(13),
			})
			return nil
		})
	return list, err
}

// DelayDelivery notes a try that failed, with the status of its answer, 0 for none; the next one is at due.
func (tx *Tx) DelayDelivery(scope paceline.Scope, id int64, due paceline.Micros, status int) error {
	_, err := tx.exec(`UPDATE delivery SET attempt = attempt + 1, due_at = $4, status = $5,
		tried_at = CASE WHEN tried_at = 0 THEN $6 ELSE tried_at END WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		scope.Partner, scope.Account, id, due, status, tx.Now())
	return err
}

// DeleteDelivery forgets a delivery: it was taken, or is given up.
func (tx *Tx) DeleteDelivery(scope paceline.Scope, id int64) error {
	_, err := tx.exec(`DELETE FROM delivery WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, id)
	return err
}

// DeleteDeliveries forgets up to n deliveries of a queue whose incidents are from before the time, and returns how many
// there were.
func (tx *Tx) DeleteDeliveries(q DeliveryQueue, before paceline.Micros, n int) (int64, error) {
	return tx.exec(`DELETE FROM delivery WHERE partner_id = $1 AND account_id = $2 AND id IN (SELECT d.id FROM delivery d
		WHERE d.partner_id = $1 AND d.account_id = $2 AND d.marketplace_id = $3 AND d.at < $4 ORDER BY d.due_at, d.id LIMIT $5)`,
		q.Partner, q.Account, int64(q.Marketplace), before, n)
}

// EraseDeliveries forgets up to n deliveries of the scope's account, of all its queues, and what is known of those that ended.
func (tx *Tx) EraseDeliveries(scope paceline.Scope, n int) error {
	if _, err := tx.exec(`DELETE FROM delivery_done WHERE partner_id = $1 AND account_id = $2 AND marketplace_id <> 0`, scope.Partner, scope.Account); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM delivery WHERE partner_id = $1 AND account_id = $2 AND id IN
		(SELECT d.id FROM delivery d WHERE d.partner_id = $1 AND d.account_id = $2 ORDER BY d.id LIMIT $3)`, scope.Partner, scope.Account, n)
	return err
}

// DeliverySigner is what signs the error webhooks of an account or, with account 0, of a partner; or what a partner's marketplace
// is told.
type DeliverySigner struct {
	Secret        []byte // sealed; nil while there is none
	Previous      []byte // sealed; signs beside Secret until PreviousUntil
	PreviousUntil paceline.Micros
	GoneURL       string // the address that said that it is gone for good
}

// DeliverySigner returns the signer of exactly this owner; a zero value when there is none.
func (tx *Tx) DeliverySigner(owner DeliveryQueue) (s DeliverySigner, err error) {
	_, err = tx.one(`SELECT secret, previous, previous_until, gone_url FROM signer WHERE partner_id = $1 AND account_id = $2 AND marketplace_id = $3`,
		[]any{owner.Partner, owner.Account, int64(owner.Marketplace)}, func(r *Row) {
			s = DeliverySigner{Secret: r.Bytes(0), Previous: r.Bytes(1), PreviousUntil: r.Micros(2), GoneURL: r.Text(3)}
		})
	return s, err
}

// SetDeliverySigner stores the signer of an owner.
func (tx *Tx) SetDeliverySigner(owner DeliveryQueue, s DeliverySigner) error {
	_, err := tx.exec(`INSERT INTO signer (partner_id, account_id, marketplace_id, secret, previous, previous_until, gone_url)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (partner_id, account_id, marketplace_id) DO UPDATE SET secret = excluded.secret, previous = excluded.previous,
		previous_until = excluded.previous_until, gone_url = excluded.gone_url`,
		owner.Partner, owner.Account, int64(owner.Marketplace), s.Secret, s.Previous, s.PreviousUntil, s.GoneURL)
	return err
}

// DeleteDeliverySigner forgets the signer of an owner.
func (tx *Tx) DeleteDeliverySigner(owner DeliveryQueue) error {
	_, err := tx.exec(`DELETE FROM signer WHERE partner_id = $1 AND account_id = $2 AND marketplace_id = $3`, owner.Partner, owner.Account, int64(owner.Marketplace))
	return err
}
