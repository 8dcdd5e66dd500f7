package store

import (
	"strings"

	"paceline"
)

// owners returns the accounts whose account connectors an account sees: its own and, for a sub
// account, its parent's. This is the one place that says so (D-10, D-24); second is 0 for a root
// account, and no account has that number.
func owners(a paceline.Account) (own, parent int64) { return a.Num, a.Parent }

const accountConnectorColumns = `id, partner_id, account_id, name, description, connector_uid, release_version,
	authentication, authenticated, native, auth_sealed, created_at, version, seal_id, auth_hint, signed_in_at`

func scanAccountConnector(a paceline.Account, r *Row) paceline.AccountConnector {
	ac := paceline.AccountConnector{
		ID: r.Int32(0), Partner: r.Int(1), Account: r.Int(2), Name: r.Text(3), Description: r.TextPtr(4),
		Release:        paceline.ReleaseKey{UID: r.ID(5), Version: r.Text(6)},
		Authentication: r.Text(7), Authenticated: r.Bool(8), Native: r.Bool(9), AuthSealed: r.Bytes(10),
		CreatedAt: r.Micros(11), Version: r.Int(12), SealID: r.ID(13), HintSealed: r.Bytes(14), SignedInAt: r.Micros(15), AccountID: a.APIID,
	}
	if ac.Account != a.Num {
		ac.AccountID = a.ParentID
	}
	return ac
}

// Names by which lists of account connectors can be sorted; others sort by name.
const (
	AccountConnectorsByName    = "Name"
	AccountConnectorsByID      = "Id"
	AccountConnectorsByCreated = "CreatedOnUtc"
)

// direction is the SQL of a page's order.
func direction(page paceline.Page) string {
	if page.Descending {
		return " DESC"
	}
	return ""
}

// AccountConnectors returns a page of what the account sees, its parent's included, without properties.
func (tx *Tx) AccountConnectors(a paceline.Account, text string, page paceline.Page) (list paceline.List[paceline.AccountConnector], err error) {
	own, parent := owners(a)
	args := []any{a.Partner, own, parent}
	from := ` FROM account_connector WHERE partner_id = $1 AND (account_id = $2 OR account_id = $3)`
	if text = strings.TrimSpace(text); text != "" {
		args = append(args, likePattern(text))
		from += ` AND (name_fold LIKE $4 ESCAPE '\' OR connector_uid IN (SELECT d.connector_uid FROM connector_release d
			WHERE d.partner_id IN (0, $1) AND d.name_fold LIKE $4 ESCAPE '\'))`
	}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+from+` LIMIT `+placeholder(len(args)+1)+`) counted`, args); err != nil {
		return list, err
	}
	column := "name_fold"
	switch {
	case strings.EqualFold(page.OrderBy, AccountConnectorsByID):
		column = "id"
	case strings.EqualFold(page.OrderBy, AccountConnectorsByCreated):
		column = "created_at"
	}
	err = tx.query(`SELECT `+accountConnectorColumns+from+`
		ORDER BY `+column+direction(page)+`, id`+direction(page)+` LIMIT `+placeholder(len(args)+1)+` OFFSET `+placeholder(len(args)+2),
		append(args, page.Limit(), page.Offset()), func(r *Row) error {
			list.Items = append(list.Items, scanAccountConnector(a, r))
			return nil
		})
	return list, err
}

// AccountConnector returns one that the account sees, with its properties and custom fields.
func (tx *Tx) AccountConnector(a paceline.Account, id int32) (ac paceline.AccountConnector, found bool, err error) {
	own, parent := owners(a)
	found, err = tx.one(`SELECT `+accountConnectorColumns+` FROM account_connector
		WHERE partner_id = $1 AND (account_id = $2 OR account_id = $3) AND id = $4`,
		[]any{a.Partner, own, parent, id}, func(r *Row) { ac = scanAccountConnector(a, r) })
	if err != nil || !found {
		return ac, false, err
	}
	owner := paceline.Scope{Partner: ac.Partner, Account: ac.Account}
	if ac.Properties, err = tx.Properties(owner, id); err == nil {
		ac.Fields, err = tx.CustomFields(owner, id)
	}
	return ac, true, err
}

// AccountConnectorNamed returns the account's own with the name, else its parent's, without properties and fields.
func (tx *Tx) AccountConnectorNamed(a paceline.Account, name string) (ac paceline.AccountConnector, found bool, err error) {
	own, parent := owners(a)
	found, err = tx.one(`SELECT `+accountConnectorColumns+` FROM account_connector
		WHERE partner_id = $1 AND (account_id = $2 OR account_id = $3) AND name_fold = $4
		ORDER BY CASE WHEN account_id = $2 THEN 0 ELSE 1 END LIMIT 1`,
		[]any{a.Partner, own, parent, Fold(name)}, func(r *Row) { ac = scanAccountConnector(a, r) })
	return ac, found, err
}

// AccountConnectorsOf returns the account's own installations of one connector, else its parent's:
// authenticated ones first, then by id (D-24).
func (tx *Tx) AccountConnectorsOf(a paceline.Account, connector paceline.ID) (list []paceline.AccountConnector, err error) {
	own, parent := owners(a)
	err = tx.query(`SELECT `+accountConnectorColumns+` FROM account_connector
		WHERE partner_id = $1 AND (account_id = $2 OR account_id = $3) AND connector_uid = $4
		ORDER BY CASE WHEN account_id = $2 THEN 0 ELSE 1 END, authenticated DESC, id`,
		[]any{a.Partner, own, parent, connector}, func(r *Row) error {
			list = append(list, scanAccountConnector(a, r))
			return nil
		})
	return list, err
}

// InsertAccountConnector stores a new one with its properties and sets its id and those of the
// properties. It answers false when the name is in use in the account.
func (tx *Tx) InsertAccountConnector(root int64, ac *paceline.AccountConnector) (bool, error) {
	taken, err := tx.accountConnectorNamed(ac, 0)
	if err != nil || taken {
		return false, err
	}
	num, err := tx.nextNum("account_connector")
	if err != nil {
		return false, err
	}
	ac.ID, ac.Version = int32(num), 1
	_, err = tx.exec(`INSERT INTO account_connector (id, partner_id, account_id, root_id, seal_id, name, name_fold, description,
			connector_uid, release_version, authentication, authenticated, native, auth_sealed, created_at, version, auth_hint, signed_in_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		ac.ID, ac.Partner, ac.Account, root, ac.SealID, ac.Name, Fold(ac.Name), ac.Description, ac.Release.UID,
		ac.Release.Version, ac.Authentication, ac.Authenticated, ac.Native, ac.AuthSealed, ac.CreatedAt, ac.Version, ac.HintSealed, ac.SignedInAt)
	for i := range ac.Properties {
		if err != nil {
			return false, err
		}
		err = tx.PutProperty(paceline.Scope{Partner: ac.Partner, Account: ac.Account}, ac.ID, &ac.Properties[i])
	}
	return err == nil, err
}

// UpdateAccountConnector stores name, description, release, authentication, whose it is and credentials, and sets the new
// version. It answers false when the name is in use in the account.
func (tx *Tx) UpdateAccountConnector(ac *paceline.AccountConnector) (bool, error) {
	taken, err := tx.accountConnectorNamed(ac, ac.ID)
	if err != nil || taken {
		return false, err
	}
	ac.Version++
	_, err = tx.exec(`UPDATE account_connector SET name = $1, name_fold = $2, description = $3, authentication = $4,
			authenticated = $5, auth_sealed = $6, version = $7, release_version = $11, native = $12, auth_hint = $13, signed_in_at = $14
		WHERE partner_id = $8 AND account_id = $9 AND id = $10`,
		ac.Name, Fold(ac.Name), ac.Description, ac.Authentication, ac.Authenticated, ac.AuthSealed, ac.Version,
		ac.Partner, ac.Account, ac.ID, ac.Release.Version, ac.Native, ac.HintSealed, ac.SignedInAt)
	return err == nil, err
}

// AccountConnectorNames returns the folded names in use in an account that begin with a folded prefix.
func (tx *Tx) AccountConnectorNames(scope paceline.Scope) (map[string]bool, error) {
	names := make(map[string]bool)
	err := tx.query(`SELECT name_fold FROM account_connector WHERE partner_id = $1 AND account_id = $2 ORDER BY name_fold`,
		[]any{scope.Partner, scope.Account}, func(r *Row) error {
			names[r.Text(0)] = true
			return nil
		})
	return names, err
}

func (tx *Tx) accountConnectorNamed(ac *paceline.AccountConnector, except int32) (bool, error) {
	return tx.one(`SELECT 1 FROM account_connector WHERE partner_id = $1 AND account_id = $2 AND name_fold = $3 AND id <> $4`,
		[]any{ac.Partner, ac.Account, Fold(ac.Name), except}, func(*Row) {})
}

// DeleteAccountConnector removes one of the account's own with its properties.
func (tx *Tx) DeleteAccountConnector(scope paceline.Scope, id int32) error {
	for _, sql := range []string{
		`DELETE FROM property WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
		`DELETE FROM custom_field WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
		`DELETE FROM oauth_lease WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
		`DELETE FROM oauth_state WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
		`DELETE FROM route_key WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
		`DELETE FROM route_refresh WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`,
		`DELETE FROM entry WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3`,
		`DELETE FROM entry_size WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3`,
		`DELETE FROM account_connector WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
	} {
		if _, err := tx.exec(sql, scope.Partner, scope.Account, id); err != nil {
			return err
		}
	}
	return nil
}

// DeleteAccountConnectors removes all of an account that is being deleted, with their properties.
func (tx *Tx) DeleteAccountConnectors(scope paceline.Scope) error {
	for _, sql := range []string{
		`DELETE FROM property WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM custom_field WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM oauth_lease WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM oauth_state WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM route_key WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM route_refresh WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM account_connector WHERE partner_id = $1 AND account_id = $2`,
	} {
		if _, err := tx.exec(sql, scope.Partner, scope.Account); err != nil {
			return err
		}
	}
	return nil
}

// MaxUses is as far as uses of an account connector are counted in lists.
const MaxUses = 1000

// CyclesWith counts the cycles of the scope's account, and of its sub accounts, that use an account connector; more than
// MaxUses are MaxUses+1.
func (tx *Tx) CyclesWith(scope paceline.Scope, id int32) (n int, err error) {
	_, err = tx.one(`SELECT COUNT(*) FROM (SELECT DISTINCT u.cycle_num FROM cycle_connector u JOIN cycle c ON c.num = u.cycle_num AND c.partner_id = u.partner_id AND c.account_id = u.account_id
		WHERE u.partner_id = $1 AND u.account_connector_id = $3 AND (c.account_id = $2 OR c.root_id = $2) AND c.state <> 6 LIMIT $4) counted`,
		[]any{scope.Partner, scope.Account, id, MaxUses + 1}, func(r *Row) { n = int(r.Int(0)) })
	return n, err
}
