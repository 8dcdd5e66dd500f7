package store

import "paceline"

// Webhook is the address of a webhook step with what a delivery needs to be judged: whose it is, which
// release and account connector check it, and how its cycle stands.
type Webhook struct {
	Identifier string
	Partner    int64
	Account    int64
	Root       int64
	Cycle      int64
	Step       paceline.ID
	// Connector, Release and Method name the trigger of the definition; all "" for a plain address.
	Connector        paceline.ID
	Release          string
	Method           paceline.ID
	AccountConnector int32
	// State and RunVersion are the cycle's at the time of reading.
	State      paceline.CycleState
	RunVersion int64
}

// WebhookByIdentifier finds the step that an address belongs to, whatever its cycle's state.
func (tx *Tx) WebhookByIdentifier(identifier string) (w Webhook, found bool, err error) {
	found, err = tx.one(`SELECT w.identifier, w.partner_id, w.account_id, w.root_id, w.cycle_num, w.step_id, w.connector_uid,
			w.release_version, w.method_uid, w.account_connector_id, c.state, c.run_version
		FROM webhook w JOIN cycle c ON c.num = w.cycle_num AND c.partner_id = w.partner_id AND c.account_id = w.account_id
		WHERE w.identifier = $1`,
		[]any{identifier}, func(r *Row) {
			w = Webhook{
				Identifier: r.Text(0), Partner: r.Int(1), Account: r.Int(2), Root: r.Int(3), Cycle: r.Int(4), Step: r.ID(5),
				Connector: r.ID(6), Release: r.Text(7), Method: r.ID(8), AccountConnector: r.Int32(9),
				State: paceline.CycleState(r.Int(10)), RunVersion: r.Int(11),
			}
		})
	return w, found, err
}

// WebhookIdentifiers returns the addresses of a cycle's webhook steps by step id.
func (tx *Tx) WebhookIdentifiers(scope paceline.Scope, cycle int64) (map[paceline.ID]string, error) {
	out := make(map[paceline.ID]string)
	err := tx.query(`SELECT step_id, identifier FROM webhook
		WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 ORDER BY identifier`,
		[]any{scope.Partner, scope.Account, cycle}, func(r *Row) error {
			out[r.ID(0)] = r.Text(1)
			return nil
		})
	return out, err
}

// webhookBytes is the length of a webhook's random identifier.
const webhookBytes = 24

// indexWebhooks gives each webhook step of a cycle its address, keeps the addresses of steps that had
// one, and removes those of steps that are gone.
func (tx *Tx) indexWebhooks(c paceline.Cycle) error {
	old, err := tx.WebhookIdentifiers(paceline.Scope{Partner: c.Partner, Account: c.Account}, c.Num)
	if err != nil {
		return err
	}
	for _, step := range c.Flow.Steps {
		if step.Kind != paceline.StepWebhook {
			continue
		}
		identifier, known := old[step.ID]
		if !known {
			identifier = paceline.NewSecret(webhookBytes)
		}
		delete(old, step.ID)
		var connector paceline.StepConnector
		if step.Connector != nil {
			connector = *step.Connector
		}
		if _, err := tx.exec(`INSERT INTO webhook (identifier, partner_id, account_id, root_id, cycle_num, step_id,
				connector_uid, release_version, method_uid, account_connector_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (identifier) DO UPDATE SET connector_uid = excluded.connector_uid,
				release_version = excluded.release_version, method_uid = excluded.method_uid,
				account_connector_id = excluded.account_connector_id`,
			identifier, c.Partner, c.Account, c.Root, c.Num, step.ID,
			connector.UID, connector.Version, step.Method, step.AccountConnector); err != nil {
			return err
		}
	}
	for step := range old {
		if _, err := tx.exec(`DELETE FROM webhook WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4`,
			c.Partner, c.Account, c.Num, step); err != nil {
			return err
		}
	}
	return nil
}
