package store

import "paceline"

const marketplaceColumns = `id, name, document, version, created_at, notify_url`

func scanMarketplace(r *Row) paceline.Marketplace {
	return paceline.Marketplace{ID: r.Int32(0), Name: r.Text(1), Document: r.Text(2), Version: r.Int(3), CreatedAt: r.Micros(4), NotifyURL: r.Text(5)}
}

// marketplaceNameTaken reports whether another of the partner's has the name.
func (tx *Tx) marketplaceNameTaken(scope paceline.Scope, m paceline.Marketplace) (bool, error) {
	return tx.one(`SELECT 1 FROM marketplace WHERE partner_id = $1 AND name_fold = $2 AND id <> $3`,
		[]any{scope.Partner, Fold(m.Name), m.ID}, func(*Row) {})
}

// InsertMarketplace stores a marketplace of the scope's partner and sets its id. It answers false when the name is
// in use.
func (tx *Tx) InsertMarketplace(scope paceline.Scope, m *paceline.Marketplace) (bool, error) {
	taken, err := tx.marketplaceNameTaken(scope, *m)
	if err != nil || taken {
		return false, err
	}
	num, err := tx.nextNum("marketplace")
	if err != nil {
		return false, err
	}
	m.ID, m.Version = int32(num), 1
	_, err = tx.exec(`INSERT INTO marketplace (id, partner_id, name, name_fold, document, version, created_at, notify_url) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, scope.Partner, m.Name, Fold(m.Name), m.Document, m.Version, m.CreatedAt, m.NotifyURL)
	return err == nil, err
}

// UpdateMarketplace stores name and document and sets the next version. It answers false when the name is in use.
func (tx *Tx) UpdateMarketplace(scope paceline.Scope, m *paceline.Marketplace) (bool, error) {
	taken, err := tx.marketplaceNameTaken(scope, *m)
	if err != nil || taken {
		return false, err
	}
	m.Version++
	_, err = tx.exec(`UPDATE marketplace SET name = $3, name_fold = $4, document = $5, version = $6, notify_url = $7 WHERE partner_id = $1 AND id = $2`,
		scope.Partner, m.ID, m.Name, Fold(m.Name), m.Document, m.Version, m.NotifyURL)
	return err == nil, err
}

// NextPackage returns the number of a new package.
func (tx *Tx) NextPackage() (int32, error) {
	num, err := tx.nextNum("package")
	return int32(num), err
}

// PackageNumber returns the number of a marketplace's card, which is given the first time that it is asked for.
func (tx *Tx) PackageNumber(scope paceline.Scope, marketplace int32, card string) (number int32, err error) {
	found, err := tx.one(`SELECT number FROM package_number WHERE partner_id = $1 AND marketplace_id = $2 AND card = $3`,
		[]any{scope.Partner, marketplace, card}, func(r *Row) { number = r.Int32(0) })
	if err != nil || found {
		return number, err
	}
	if number, err = tx.NextPackage(); err != nil {
		return 0, err
	}
	_, err = tx.one(`INSERT INTO package_number (marketplace_id, card, partner_id, number) VALUES ($1, $2, $3, $4)
		ON CONFLICT (marketplace_id, card) DO UPDATE SET number = package_number.number RETURNING number`, // another was first
		[]any{marketplace, card, scope.Partner, number}, func(r *Row) { number = r.Int32(0) })
	return number, err
}

// DeleteMarketplace removes one of the scope's partner.
func (tx *Tx) DeleteMarketplace(scope paceline.Scope, id int32) error {
	if _, err := tx.exec(`DELETE FROM package_number WHERE partner_id = $1 AND marketplace_id = $2`, scope.Partner, id); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM marketplace WHERE partner_id = $1 AND id = $2`, scope.Partner, id)
	return err
}

// Marketplace finds one of the scope's partner.
func (tx *Tx) Marketplace(scope paceline.Scope, id int32) (m paceline.Marketplace, found bool, err error) {
	found, err = tx.one(`SELECT `+marketplaceColumns+` FROM marketplace WHERE partner_id = $1 AND id = $2`,
		[]any{scope.Partner, id}, func(r *Row) { m = scanMarketplace(r) })
	return m, found, err
}

// Marketplaces returns those of the scope's partner by name, without their documents, at most 500.
func (tx *Tx) Marketplaces(scope paceline.Scope) (list []paceline.Marketplace, err error) {
	err = tx.query(`SELECT id, name, '', version, created_at, notify_url FROM marketplace WHERE partner_id = $1 ORDER BY name_fold, id LIMIT 500`,
		[]any{scope.Partner}, func(r *Row) error {
			list = append(list, scanMarketplace(r))
			return nil
		})
	return list, err
}
