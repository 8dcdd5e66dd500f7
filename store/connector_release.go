package store

import (
	"strconv"

	"paceline"
)

// ConnectorRelease is one published release of a connector definition.
type ConnectorRelease struct {
	// Partner owns the release; 0 is the shipped library, which every partner sees.
	Partner int64
	// Account owns it alone; 0: all accounts of the partner see it.
	Account      int64
	Key          paceline.ReleaseKey
	Status       paceline.ReleaseStatus
	ConnectorKey string
	ConnectorID  int32
	Name         string
	APIVersion   string
	Document     []byte
	Icon         *string // data URI
	CreatedAt    paceline.Micros
	// Signer vouches for the release with the Signature; both are empty where nobody does.
	Signer, Signature string
}

// Owner is the owner of the release's elements.
func (r ConnectorRelease) Owner() string { return ReleaseOwner(r.Partner, r.Account) }

// ReleaseOwner is ElementOwner for connectors of one account, too.
func ReleaseOwner(partner, account int64) string {
	if account != 0 {
		return "account:" + strconv.FormatInt(account, 10)
	}
	return ElementOwner(partner)
}

// ElementOwner is the owner of elements of a partner's own connectors; 0 is the shipped library.
func ElementOwner(partner int64) string {
	if partner == 0 {
		return ""
	}
	return "partner:" + strconv.FormatInt(partner, 10)
}

const releaseColumns = `partner_id, connector_uid, version, hash, status, connector_key, connector_id, name, api_version, icon, created_at, account_id, signer, signature`

func scanRelease(r *Row) ConnectorRelease {
	return ConnectorRelease{
		Partner: r.Int(0), Key: paceline.ReleaseKey{UID: r.ID(1), Version: r.Text(2), Hash: r.Text(3)},
		Status: paceline.ReleaseStatus(r.Text(4)), ConnectorKey: r.Text(5), ConnectorID: r.Int32(6),
		Name: r.Text(7), APIVersion: r.Text(8), Icon: r.TextPtr(9), CreatedAt: r.Micros(10), Account: r.Int(11),
		Signer: r.Text(12), Signature: r.Text(13),
	}
}

// ConnectorRelease returns one release with its document, the partner's own before the shipped one.
func (tx *Tx) ConnectorRelease(partner int64, uid paceline.ID, version string) (rel ConnectorRelease, found bool, err error) {
	found, err = tx.one(`SELECT `+releaseColumns+`, document FROM connector_release
		WHERE partner_id IN (0, $1) AND connector_uid = $2 AND version = $3 ORDER BY partner_id DESC`,
		[]any{partner, uid, version}, func(r *Row) {
			rel = scanRelease(r)
			rel.Document = r.Bytes(14)
		})
	return rel, found, err
}

// ConnectorReleases returns every release that the partner may use, and those of one of its accounts unless that is 0,
// without documents, by name.
func (tx *Tx) ConnectorReleases(partner, account int64) (list []ConnectorRelease, err error) {
	err = tx.query(`SELECT `+releaseColumns+` FROM connector_release
		WHERE partner_id IN (0, $1) AND account_id IN (0, $2) ORDER BY name_fold, connector_id, created_at, version`,
		[]any{partner, account}, func(r *Row) error {
			list = append(list, scanRelease(r))
			return nil
		})
	return list, err
}

// ReleasesOfConnector returns the releases with a uid or a key at every level, without documents.
func (tx *Tx) ReleasesOfConnector(uid paceline.ID, key string) (list []ConnectorRelease, err error) {
	err = tx.query(`SELECT `+releaseColumns+` FROM connector_release
		WHERE (connector_uid = $1 OR connector_key = $2) AND partner_id >= 0 ORDER BY created_at, version`,
		[]any{uid, key}, func(r *Row) error {
			list = append(list, scanRelease(r))
			return nil
		})
	return list, err
}

// PutConnectorRelease inserts a release or replaces the one with the same uid and version.
func (tx *Tx) PutConnectorRelease(rel ConnectorRelease) error {
	_, err := tx.exec(`INSERT INTO connector_release (partner_id, connector_uid, version, hash, status, connector_key,
			connector_id, name, name_fold, api_version, document, icon, created_at, account_id, signer, signature)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (connector_uid, version, partner_id) DO UPDATE SET hash = excluded.hash, status = excluded.status,
			name = excluded.name, name_fold = excluded.name_fold, api_version = excluded.api_version,
			document = excluded.document, icon = excluded.icon, signer = excluded.signer, signature = excluded.signature`,
		rel.Partner, rel.Key.UID, rel.Key.Version, rel.Key.Hash, string(rel.Status), rel.ConnectorKey, rel.ConnectorID,
		rel.Name, Fold(rel.Name), rel.APIVersion, rel.Document, rel.Icon, rel.CreatedAt, rel.Account, rel.Signer, rel.Signature)
	return err
}

// SetReleaseStatus changes where a release stands.
func (tx *Tx) SetReleaseStatus(partner int64, uid paceline.ID, version string, status paceline.ReleaseStatus) error {
	_, err := tx.exec(`UPDATE connector_release SET status = $1 WHERE partner_id = $2 AND connector_uid = $3 AND version = $4`,
		string(status), partner, uid, version)
	return err
}

// SignRelease stores who vouches for a release that was published without a signature.
func (tx *Tx) SignRelease(partner int64, uid paceline.ID, version, signer, signature string) error {
	_, err := tx.exec(`UPDATE connector_release SET signer = $1, signature = $2 WHERE partner_id = $3 AND connector_uid = $4 AND version = $5`,
		signer, signature, partner, uid, version)
	return err
}
