package store

import "paceline"

// Farewell is what a vendor is still to be told about a credential that is gone here.
type Farewell struct {
	ID               paceline.ID
	Partner, Account int64
	AccountConnector int32
	Sealed           []byte // under the partner's key
	DueAt            paceline.Micros
	Tries            int
	CreatedAt        paceline.Micros
}

const farewellColumns = `id, partner_id, account_id, account_connector_id, sealed, due_at, tries, created_at`

func scanFarewell(r *Row) Farewell {
	return Farewell{
		ID: r.ID(0), Partner: r.Int(1), Account: r.Int(2), AccountConnector: r.Int32(3), Sealed: r.Bytes(4),
		DueAt: r.Micros(5), Tries: int(r.Int(6)), CreatedAt: r.Micros(7),
	}
}

// PutFarewell stores one in place of the one with its id.
func (tx *Tx) PutFarewell(scope paceline.Scope, f Farewell) error {
	_, err := tx.exec(`INSERT INTO farewell (id, partner_id, account_id, account_connector_id, sealed, due_at, tries, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, due_at = excluded.due_at, tries = excluded.tries`,
		f.ID, scope.Partner, scope.Account, f.AccountConnector, f.Sealed, f.DueAt, f.Tries, f.CreatedAt)
	return err
}

// DeleteFarewell forgets one.
func (tx *Tx) DeleteFarewell(scope paceline.Scope, id paceline.ID) error {
	_, err := tx.exec(`DELETE FROM farewell WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, id)
	return err
}

// sqlDueFarewells serves the owner node, which looks after those of all accounts.
const sqlDueFarewells = `SELECT ` + farewellColumns + ` FROM farewell WHERE due_at <= $1 AND (due_at, id) > ($2, $3) ORDER BY due_at, id LIMIT $4`

// DueFarewells returns those whose time has come, in the order of their time and their ids, from just behind one on.
func (tx *Tx) DueFarewells(at paceline.Micros, after Farewell, limit int) (list []Farewell, err error) {
	err = tx.query(sqlDueFarewells, []any{at, after.DueAt, after.ID, limit}, func(r *Row) error {
		list = append(list, scanFarewell(r))
		return nil
	})
	return list, err
}
