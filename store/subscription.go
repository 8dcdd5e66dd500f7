package store

import "paceline"

// Subscription is what a vendor was told, or is being told, about the address of a webhook step.
type Subscription struct {
	ID               paceline.ID
	Partner, Account int64
	Cycle            int64
	Step             paceline.ID
	Event            string // "" for all of the trigger's events together
	AccountConnector int32
	Method           paceline.ID // of the trigger
	Release          string      // version of the connector that made it; "" in rows from before it was kept
	Identifier       string      // of the address
	Made             bool        // false: the vendor's answer has not been stored
	SecretSealed     []byte
	RemoteSealed     []byte
	InputsSealed     []byte          // what the step gave to its methods; nil for nothing
	ExpiresAt        paceline.Micros // 0: never
	RenewAt          paceline.Micros // 0: never
	RetryAt          paceline.Micros
	Tries            int
	CreatedAt        paceline.Micros
	CheckAt          paceline.Micros // when to look for more of them at the vendor; 0: never
}

// Scope returns the scope of the subscription's account.
func (s Subscription) Scope() paceline.Scope {
	return paceline.Scope{Partner: s.Partner, Account: s.Account}
}

const subscriptionColumns = `s.id, s.partner_id, s.account_id, s.cycle_num, s.step_id, s.event, s.account_connector_id, s.method_uid,
	s.identifier, s.state, s.secret_sealed, s.remote_sealed, s.expires_at, s.renew_at, s.retry_at, s.tries, s.created_at, s.release_version, s.inputs_sealed, s.check_at`

func scanSubscription(r *Row) Subscription {
	return Subscription{
		ID: r.ID(0), Partner: r.Int(1), Account: r.Int(2), Cycle: r.Int(3), Step: r.ID(4), Event: r.Text(5), AccountConnector: r.Int32(6),
		Method: r.ID(7), Identifier: r.Text(8), Made: r.Bool(9), SecretSealed: r.Bytes(10), RemoteSealed: r.Bytes(11),
		ExpiresAt: r.Micros(12), RenewAt: r.Micros(13), RetryAt: r.Micros(14), Tries: int(r.Int(15)), CreatedAt: r.Micros(16), Release: r.Text(17),
		InputsSealed: r.Bytes(18), CheckAt: r.Micros(19),
	}
}

func (tx *Tx) subscriptions(sql string, args ...any) (list []Subscription, err error) {
	err = tx.query(sql, args, func(r *Row) error {
		list = append(list, scanSubscription(r))
		return nil
	})
	return list, err
}

// Subscriptions returns those of a cycle.
func (tx *Tx) Subscriptions(scope paceline.Scope, cycle int64) ([]Subscription, error) {
	return tx.subscriptions(`SELECT `+subscriptionColumns+` FROM subscription s
		WHERE s.partner_id = $1 AND s.account_id = $2 AND s.cycle_num = $3 ORDER BY s.id`, scope.Partner, scope.Account, cycle)
}

// SubscriptionsOfAccount returns those of an account's cycles.
func (tx *Tx) SubscriptionsOfAccount(scope paceline.Scope) ([]Subscription, error) {
	return tx.subscriptions(`SELECT `+subscriptionColumns+` FROM subscription s
		WHERE s.partner_id = $1 AND s.account_id = $2 ORDER BY s.id`, scope.Partner, scope.Account)
}

// SubscriptionsOf returns those that were made with an account connector, by accounts of the partner that use it.
func (tx *Tx) SubscriptionsOf(partner int64, accountConnector int32) ([]Subscription, error) {
	return tx.subscriptions(`SELECT `+subscriptionColumns+` FROM subscription s
		WHERE s.partner_id = $1 AND s.account_id <> 0 AND s.account_connector_id = $2 ORDER BY s.id`, partner, accountConnector)
}

// sqlDueSubscriptions serves the owner node, which looks after the subscriptions of all accounts: those of cycles
// that no longer run, and those that are to be renewed.
const sqlDueSubscriptions = `SELECT ` + subscriptionColumns + ` FROM subscription s LEFT JOIN cycle c ON c.num = s.cycle_num
	WHERE s.retry_at <= $1 AND s.id > $2 AND (c.num IS NULL OR c.state NOT IN (1, 2) OR c.state = 2 AND (s.renew_at <> 0 AND s.renew_at <= $1 OR s.check_at <> 0 AND s.check_at <= $1))
	ORDER BY s.id LIMIT $3`

// DueSubscriptions returns a page of those with which something is to be done at a time, after the one with the id
// after.
func (tx *Tx) DueSubscriptions(at paceline.Micros, after paceline.ID, limit int) ([]Subscription, error) {
	return tx.subscriptions(sqlDueSubscriptions, at, after, limit)
}

// sqlActivatingCycles serves the owner node after a start.
const sqlActivatingCycles = `SELECT ` + cycleColumns + cycleFrom + ` WHERE c.state = 1 ORDER BY c.num`

// ActivatingCycles returns the cycles whose activation has not ended.
func (tx *Tx) ActivatingCycles() (list []paceline.Cycle, err error) {
	err = tx.query(sqlActivatingCycles, nil, func(r *Row) error {
		c, err := scanCycle(r)
		list = append(list, c)
		return err
	})
	return list, err
}

// PutSubscription stores one in place of the one with its id.
func (tx *Tx) PutSubscription(scope paceline.Scope, s Subscription) error {
	_, err := tx.exec(`INSERT INTO subscription (id, partner_id, account_id, cycle_num, step_id, event, account_connector_id, method_uid,
			identifier, state, secret_sealed, remote_sealed, expires_at, renew_at, retry_at, tries, created_at, release_version, inputs_sealed, check_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, secret_sealed = excluded.secret_sealed, remote_sealed = excluded.remote_sealed,
			expires_at = excluded.expires_at, renew_at = excluded.renew_at, retry_at = excluded.retry_at, tries = excluded.tries, release_version = excluded.release_version,
			inputs_sealed = excluded.inputs_sealed, check_at = excluded.check_at`,
		s.ID, scope.Partner, scope.Account, s.Cycle, s.Step, s.Event, s.AccountConnector, s.Method, s.Identifier, s.Made,
		s.SecretSealed, s.RemoteSealed, s.ExpiresAt, s.RenewAt, s.RetryAt, s.Tries, s.CreatedAt, s.Release, s.InputsSealed, s.CheckAt)
	return err
}

// RenewSubscriptions makes those of a webhook step due at a time that are to be renewed later.
func (tx *Tx) RenewSubscriptions(scope paceline.Scope, cycle int64, step paceline.ID, at paceline.Micros) error {
	_, err := tx.exec(`UPDATE subscription SET renew_at = $5, retry_at = 0
		WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4 AND state = 1 AND renew_at > $5`,
		scope.Partner, scope.Account, cycle, step, at)
	return err
}

// DeleteSubscription forgets one.
func (tx *Tx) DeleteSubscription(scope paceline.Scope, id paceline.ID) error {
	_, err := tx.exec(`DELETE FROM subscription WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, id)
	return err
}

// DeleteSubscriptions forgets those of an account that is being deleted.
func (tx *Tx) DeleteSubscriptions(scope paceline.Scope) error {
	_, err := tx.exec(`DELETE FROM subscription WHERE partner_id = $1 AND account_id = $2`, scope.Partner, scope.Account)
	return err
}

// WebhookSecrets returns the sealed signing secrets of a webhook step's subscriptions, those that are being made
// included.
func (tx *Tx) WebhookSecrets(scope paceline.Scope, step paceline.ID) (list [][]byte, err error) {
	err = tx.query(`SELECT secret_sealed FROM subscription
		WHERE partner_id = $1 AND account_id = $2 AND step_id = $3 AND secret_sealed IS NOT NULL ORDER BY id`,
		[]any{scope.Partner, scope.Account, step}, func(r *Row) error {
			list = append(list, r.Bytes(0))
			return nil
		})
	return list, err
}
