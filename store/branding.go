package store

import (
	"encoding/json"

	"paceline"
)

// NeutralAgent is what calls of a partner come from who has pages of its own name and has not said what its calls are called.
const NeutralAgent = "Integrations"

// UserAgent is by what name the scope's partner calls servers, its own and vendors'; "" is ours.
func (tx *Tx) UserAgent(scope paceline.Scope) (string, error) {
	document, _, err := tx.Branding(scope)
	if err != nil || document == "" {
		return "", err
	}
	var b struct{ Name, UserAgent string }
	if err = json.Unmarshal([]byte(document), &b); b.UserAgent == "" && b.Name != "" {
		b.UserAgent = NeutralAgent
	}
	return b.UserAgent, err
}

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
