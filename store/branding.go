package store

import "paceline"

// Branding returns the document and version of the scope's partner; "" and 0 while nothing was set.
func (tx *Tx) Branding(scope paceline.Scope) (document string, version int64, err error) {
	_, err = tx.one(`SELECT document, version FROM branding WHERE partner_id = $1`, []any{scope.Partner}, func(r *Row) {
		document, version = r.Text(0), r.Int(1)
	})
	return document, version, err
}

// SetBranding stores the document of the scope's partner under a version.
func (tx *Tx) SetBranding(scope paceline.Scope, document string, version int64) error {
	_, err := tx.exec(`INSERT INTO branding (partner_id, document, version) VALUES ($1, $2, $3)
		ON CONFLICT (partner_id) DO UPDATE SET document = excluded.document, version = excluded.version`, scope.Partner, document, version)
	return err
}
