package store

// Names of the facts about the installation's keys (Meta).
const (
	metaKeyCheck = "installation_key_check" // seal.Sealer.CheckValue of the installation key
	metaIDKey    = "id_key"                 // the id key, wrapped
)

// Installation is what the database remembers of its installation key.
type Installation struct {
	KeyCheck    []byte
	IDKeySealed []byte
}

// Installation returns what is remembered, and false in a database that no key has been used with.
func (tx *Tx) Installation() (in Installation, found bool, err error) {
	if in.KeyCheck, found, err = tx.Meta(metaKeyCheck); err != nil || !found {
		return in, false, err
	}
	in.IDKeySealed, found, err = tx.Meta(metaIDKey)
	return in, found, err
}

// SetInstallation remembers in. The caller has seen, in a transaction of the whole installation
// (the zero scope), that there is none.
func (tx *Tx) SetInstallation(in Installation) error {
	if err := tx.SetMeta(metaKeyCheck, in.KeyCheck); err != nil {
		return err
	}
	return tx.SetMeta(metaIDKey, in.IDKeySealed)
}

// WrappedKey is one wrapped key of the installation and where it stands.
type WrappedKey struct {
	Partner int64 // 0: the id key
	Account int64 // 0: the partner's own key
	Sealed  []byte
}

// WrappedPartnerKeys returns the id key and every partner's key, for rotating the installation key in a
// transaction of the whole installation (the zero scope). It crosses partners.
func (tx *Tx) WrappedPartnerKeys() ([]WrappedKey, error) {
	id, found, err := tx.Meta(metaIDKey)
	if err != nil || !found {
		return nil, err
	}
	keys := []WrappedKey{{Sealed: id}}
	err = tx.query(`SELECT num, 0, key_sealed FROM partner ORDER BY num`, nil, wrappedInto(&keys))
	return keys, err
}

// WrappedAccountKeys returns every account's key. The caller has replaced the partners' keys before: that
// locks their rows, so that no account is on its way that this would not see.
func (tx *Tx) WrappedAccountKeys() (keys []WrappedKey, err error) {
	err = tx.query(`SELECT partner_id, num, key_sealed FROM account WHERE key_sealed IS NOT NULL
		ORDER BY num`, nil, wrappedInto(&keys))
	return keys, err
}

func wrappedInto(keys *[]WrappedKey) func(*Row) error {
	return func(r *Row) error {
		*keys = append(*keys, WrappedKey{Partner: r.Int(0), Account: r.Int(1), Sealed: r.Bytes(2)})
		return nil
	}
}

// ReplaceKey puts a newly wrapped key in the place of an old one, and reports false when the old one
// no longer stands there.
func (tx *Tx) ReplaceKey(was WrappedKey, sealed []byte) (bool, error) {
	var n int64
	var err error
	switch {
	case was.Account != 0:
		n, err = tx.exec(`UPDATE account SET key_sealed = $3
			WHERE partner_id = $1 AND num = $2 AND key_sealed = $4`, was.Partner, was.Account, sealed, was.Sealed)
	case was.Partner != 0:
		n, err = tx.exec(`UPDATE partner SET key_sealed = $2 WHERE num = $1 AND key_sealed = $3`,
			was.Partner, sealed, was.Sealed)
	default:
		n, err = tx.exec(`UPDATE meta SET value = $1 WHERE name = $2 AND value = $3`,
			sealed, metaIDKey, was.Sealed)
	}
	return n == 1, err
}

// SetKeyCheck remembers the check value of a new installation key.
func (tx *Tx) SetKeyCheck(check []byte) error { return tx.SetMeta(metaKeyCheck, check) }

// metaLocked is there while no server may open credentials.
const metaLocked = "credentials_locked"

// CredentialsLocked reports whether the operator has locked credentials.
func (tx *Tx) CredentialsLocked() (bool, error) {
	value, _, err := tx.Meta(metaLocked)
	return len(value) == 1 && value[0] == 1, err
}

// LockCredentials locks or unlocks them, in a transaction of the whole installation (the zero scope).
func (tx *Tx) LockCredentials(lock bool) error {
	value := []byte{0}
	if lock {
		value[0] = 1
	}
	return tx.SetMeta(metaLocked, value)
}
