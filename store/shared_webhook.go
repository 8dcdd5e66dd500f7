package store

import (
	"crypto/sha256"

	"paceline"
)

// PartnerWebhook returns the shared address of a partner for a connector.
func (tx *Tx) PartnerWebhook(scope paceline.Scope, connector paceline.ID) (identifier string, found bool, err error) {
	found, err = tx.one(`SELECT identifier FROM partner_webhook WHERE partner_id = $1 AND connector_uid = $2`,
		[]any{scope.Partner, connector}, func(r *Row) { identifier = r.Text(0) })
	return identifier, found, err
}

// InsertPartnerWebhook makes the shared address of a partner for a connector.
func (tx *Tx) InsertPartnerWebhook(scope paceline.Scope, connector paceline.ID) (identifier string, err error) {
	identifier = paceline.NewSecret(webhookBytes)
	_, err = tx.exec(`INSERT INTO partner_webhook (identifier, partner_id, connector_uid, created_at) VALUES ($1, $2, $3, $4)`,
		identifier, scope.Partner, connector, tx.Now())
	return identifier, err
}

// PartnerWebhookByIdentifier finds whose a shared address is: it is where the sender's partner is learned.
func (tx *Tx) PartnerWebhookByIdentifier(identifier string) (partner int64, connector paceline.ID, found bool, err error) {
	found, err = tx.one(`SELECT partner_id, connector_uid FROM partner_webhook WHERE identifier = $1`,
		[]any{identifier}, func(r *Row) { partner, connector = r.Int(0), r.ID(1) })
	return partner, connector, found, err
}

// routeHash is what is stored of a vendor's id of an account.
func routeHash(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:16]
}

// SharedWebhooks returns the addresses of the partner's running webhook steps that take events of a trigger for a
// vendor's id, those of sub accounts that use their parent's account connector included.
func (tx *Tx) SharedWebhooks(partner int64, connector, method paceline.ID, key string) (identifiers []string, err error) {
	err = tx.query(`SELECT w.identifier FROM route_key k
		JOIN webhook w ON w.account_connector_id = k.account_connector_id AND w.method_uid = $4
		JOIN cycle c ON c.num = w.cycle_num
		WHERE k.partner_id = $1 AND k.account_id <> 0 AND k.connector_uid = $2 AND k.key_hash = $3 AND w.partner_id = k.partner_id
		AND c.partner_id = k.partner_id AND c.account_id = w.account_id AND c.state IN (1, 2) ORDER BY w.identifier`,
		[]any{partner, connector, routeHash(key), method}, func(r *Row) error {
			identifiers = append(identifiers, r.Text(0))
			return nil
		})
	return identifiers, err
}

// SetRouteKeys makes keys the vendor's ids of an account connector.
func (tx *Tx) SetRouteKeys(scope paceline.Scope, connector paceline.ID, accountConnector int32, keys []string) error {
	if _, err := tx.exec(`DELETE FROM route_key WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
		scope.Partner, scope.Account, accountConnector); err != nil {
		return err
	}
	for _, key := range keys {
		if _, err := tx.exec(`INSERT INTO route_key (key_hash, connector_uid, partner_id, account_id, account_connector_id)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key_hash, connector_uid, partner_id, account_connector_id) DO NOTHING`,
			routeHash(key), connector, scope.Partner, scope.Account, accountConnector); err != nil {
			return err
		}
	}
	return nil
}

// SetRouteRefresh says when the vendor's ids of an account connector are asked for.
func (tx *Tx) SetRouteRefresh(scope paceline.Scope, accountConnector int32, due paceline.Micros) error {
	_, err := tx.exec(`INSERT INTO route_refresh (account_connector_id, partner_id, account_id, due_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account_connector_id) DO UPDATE SET due_at = excluded.due_at`, accountConnector, scope.Partner, scope.Account, due)
	return err
}

// DueRefresh is an account connector whose ids are to be asked for.
type DueRefresh struct {
	Partner, Account int64
	AccountConnector int32
}

// sqlDueRefreshes serves the owner node, which looks after the account connectors of all accounts.
const sqlDueRefreshes = `SELECT partner_id, account_id, account_connector_id FROM route_refresh WHERE due_at <= $1 ORDER BY due_at, account_connector_id LIMIT $2`

// DueRefreshes returns the account connectors whose ids are to be asked for at a time.
func (tx *Tx) DueRefreshes(at paceline.Micros, limit int) (list []DueRefresh, err error) {
	err = tx.query(sqlDueRefreshes, []any{at, limit}, func(r *Row) error {
		list = append(list, DueRefresh{r.Int(0), r.Int(1), r.Int32(2)})
		return nil
	})
	return list, err
}

// DeleteRoutes forgets the vendor's ids of an account connector.
func (tx *Tx) DeleteRoutes(scope paceline.Scope, accountConnector int32) error {
	for _, sql := range []string{
		`DELETE FROM route_key WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
		`DELETE FROM route_refresh WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
	} {
		if _, err := tx.exec(sql, scope.Partner, scope.Account, accountConnector); err != nil {
			return err
		}
	}
	return nil
}
