package store

import "paceline"

// InsertMarketplace stores a marketplace of the scope's partner and sets its id. It answers false when the name is
// in use.
func (tx *Tx) InsertMarketplace(scope paceline.Scope, m *paceline.Marketplace) (bool, error) {
	taken, err := tx.one(`SELECT 1 FROM marketplace WHERE partner_id = $1 AND name_fold = $2`,
		[]any{scope.Partner, Fold(m.Name)}, func(*Row) {})
	if err != nil || taken {
		return false, err
	}
	num, err := tx.nextNum("marketplace")
	if err != nil {
		return false, err
	}
	m.ID = int32(num)
	_, err = tx.exec(`INSERT INTO marketplace (id, partner_id, name, name_fold, created_at) VALUES ($1, $2, $3, $4, $5)`,
		m.ID, scope.Partner, m.Name, Fold(m.Name), m.CreatedAt)
	return err == nil, err
}

// Marketplace finds one of the scope's partner.
func (tx *Tx) Marketplace(scope paceline.Scope, id int32) (m paceline.Marketplace, found bool, err error) {
	found, err = tx.one(`SELECT id, name, created_at FROM marketplace WHERE partner_id = $1 AND id = $2`,
		[]any{scope.Partner, id}, func(r *Row) { m = paceline.Marketplace{ID: r.Int32(0), Name: r.Text(1), CreatedAt: r.Micros(2)} })
	return m, found, err
}
