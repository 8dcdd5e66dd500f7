package store

import (
	"context"

	"paceline"
)

// SaveHold remembers until when the calls of an account connector are held; one that holds nothing any more is
// forgotten. It returns once that is on the disk.
func (s *Store) SaveHold(ctx context.Context, h paceline.ConnectorHold) error {
	scope := paceline.Scope{Partner: h.Partner, Account: h.Root}
	return s.InTx(ctx, scope, func(tx *Tx) error {
		if h.Refusals == 0 && h.Until <= tx.Now() {
			_, err := tx.exec(`DELETE FROM connector_hold WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
				scope.Partner, scope.Account, h.Connector)
			return err
		}
		// The latest time counts, in whatever order those who were refused at once come to write.
		_, err := tx.exec(`INSERT INTO connector_hold (partner_id, account_id, account_connector_id, until, since, refusals)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, account_connector_id) DO UPDATE SET
			until = CASE WHEN connector_hold.until > excluded.until THEN connector_hold.until ELSE excluded.until END,
			since = excluded.since, refusals = excluded.refusals`,
			scope.Partner, scope.Account, h.Connector, h.Until, h.Since, h.Refusals)
		return err
	})
}

// sqlHolds serves a start, which holds the connectors of all accounts again.
const sqlHolds = `SELECT partner_id, account_id, account_connector_id, until, since, refusals FROM connector_hold
	WHERE until > $1 OR since > $2 ORDER BY account_id, account_connector_id`

// Holds returns the holds of this process's shards that may still count: those that are not over at now, or whose last refusal is later
// than since.
func (s *Store) Holds(ctx context.Context, now, since paceline.Micros) (list []paceline.ConnectorHold, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		return tx.query(sqlHolds, []any{now, since}, func(r *Row) error {
			if !s.Owns(r.Int(1)) {
				return nil
			}
			list = append(list, paceline.ConnectorHold{
				Partner: r.Int(0), Root: r.Int(1), Connector: r.Int32(2), Until: r.Micros(3), Since: r.Micros(4), Refusals: int(r.Int(5)),
			})
			return nil
		})
	})
	return list, err
}
