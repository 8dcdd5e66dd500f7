package store

import (
	"context"

	"paceline"
)

// Delivery is an incident that is to be posted to the error webhook of its account. Its row is written
// with the incident's (paceline.Incident.Notify) and has the same id.
type Delivery struct {
	paceline.Incident
	Attempt    int // tries that failed
	DueAt      paceline.Micros
	ReplayedAt paceline.Micros // when it was sent anew by hand; 0: never
}

const (
	sqlInsertDelivery = `INSERT INTO delivery (id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind,
		warning, code, detail, at, attempt, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $12)`
	sqlNextDeliveryAccount = `SELECT d.account_id, d.partner_id, COALESCE((SELECT a.root_id FROM account a WHERE a.num = d.account_id), d.account_id)
		FROM delivery d WHERE d.account_id > $1 ORDER BY d.account_id LIMIT 1`
)

// DeliveryAccounts returns the scopes of the accounts that this process works for and that have deliveries, for a start.
func (s *Store) DeliveryAccounts(ctx context.Context) (list []paceline.Scope, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		last := int64(0)
		for {
			found, err := tx.one(sqlNextDeliveryAccount, []any{last}, func(r *Row) {
				last = r.Int(0)
				if s.Owns(r.Int(2)) {
					list = append(list, paceline.Scope{Partner: r.Int(1), Account: last})
				}
			})
			if err != nil || !found {
				return err
			}
		}
	})
	return list, err
}

// Deliveries returns up to n deliveries of the scope's account, those first that are due first.
func (tx *Tx) Deliveries(scope paceline.Scope, n int) (list []Delivery, err error) {
	err = tx.query(`SELECT d.id, d.cycle_num, d.run, d.step_id, d.step_name, d.step_kind, d.warning, d.code, d.detail, d.at,
		d.attempt, d.due_at, d.replayed_at FROM delivery d WHERE d.partner_id = $1 AND d.account_id = $2 ORDER BY d.due_at, d.id LIMIT $3`,
		[]any{scope.Partner, scope.Account, n}, func(r *Row) error {
			list = append(list, Delivery{
				Incident: paceline.Incident{
					ID: r.Int(0), Partner: scope.Partner, Account: scope.Account, Cycle: r.Int(1), Run: r.Int(2), StepID: r.ID(3),
					StepName: r.Text(4), StepKind: paceline.StepKind(r.Int(5)), Warning: r.Bool(6), Code: paceline.Code(r.Text(7)),
					Detail: r.Bytes(8), At: r.Micros(9),
				},
				Attempt: int(r.Int(10)), DueAt: r.Micros(11), ReplayedAt: r.Micros(12),
			})
			return nil
		})
	return list, err
}

// DelayDelivery notes a try that failed, with the status of its answer, 0 for none; the next one is at due.
func (tx *Tx) DelayDelivery(scope paceline.Scope, id int64, due paceline.Micros, status int) error {
	_, err := tx.exec(`UPDATE delivery SET attempt = attempt + 1, due_at = $4, status = $5 WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		scope.Partner, scope.Account, id, due, status)
	return err
}

// DeleteDelivery forgets a delivery: it was taken, or is given up.
func (tx *Tx) DeleteDelivery(scope paceline.Scope, id int64) error {
	_, err := tx.exec(`DELETE FROM delivery WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, id)
	return err
}

// DeleteDeliveries forgets up to n deliveries of the scope's account whose incidents are from before the
// time, and returns how many there were.
func (tx *Tx) DeleteDeliveries(scope paceline.Scope, before paceline.Micros, n int) (int64, error) {
	return tx.exec(`DELETE FROM delivery WHERE partner_id = $1 AND account_id = $2 AND id IN
		(SELECT d.id FROM delivery d WHERE d.partner_id = $1 AND d.account_id = $2 AND d.at < $3 ORDER BY d.due_at, d.id LIMIT $4)`,
		scope.Partner, scope.Account, before, n)
}

// DeliverySigner is what signs the error webhooks of an account or, with account 0, of a partner.
type DeliverySigner struct {
	Secret        []byte // sealed; nil while there is none
	Previous      []byte // sealed; signs beside Secret until PreviousUntil
	PreviousUntil paceline.Micros
	GoneURL       string // the address that said that it is gone for good
}

// DeliverySigner returns the signer of exactly the scope; a zero value when there is none.
func (tx *Tx) DeliverySigner(scope paceline.Scope) (s DeliverySigner, err error) {
	_, err = tx.one(`SELECT secret, previous, previous_until, gone_url FROM delivery_signer WHERE partner_id = $1 AND account_id = $2`,
		[]any{scope.Partner, scope.Account}, func(r *Row) {
			s = DeliverySigner{Secret: r.Bytes(0), Previous: r.Bytes(1), PreviousUntil: r.Micros(2), GoneURL: r.Text(3)}
		})
	return s, err
}

// SetDeliverySigner stores the signer of the scope.
func (tx *Tx) SetDeliverySigner(scope paceline.Scope, s DeliverySigner) error {
	_, err := tx.exec(`INSERT INTO delivery_signer (partner_id, account_id, secret, previous, previous_until, gone_url)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (partner_id, account_id) DO UPDATE SET secret = excluded.secret, previous = excluded.previous,
		previous_until = excluded.previous_until, gone_url = excluded.gone_url`,
		scope.Partner, scope.Account, s.Secret, s.Previous, s.PreviousUntil, s.GoneURL)
	return err
}

// DeleteDeliverySigner forgets the signer of the scope.
func (tx *Tx) DeleteDeliverySigner(scope paceline.Scope) error {
	_, err := tx.exec(`DELETE FROM delivery_signer WHERE partner_id = $1 AND account_id = $2`, scope.Partner, scope.Account)
	return err
}
