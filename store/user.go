package store

import (
	"encoding/json"
	"fmt"

	"paceline"
)

const userColumns = `p.id, p.partner_id, p.user_name, p.first_name, p.last_name, p.password_hash, p.console, p.rights, p.created_at, p.email`

func scanUser(r *Row, u *paceline.User) error {
	*u = paceline.User{
		ID: r.ID(0), Partner: r.Int(1), UserName: r.Text(2), FirstName: r.Text(3), LastName: r.Text(4),
		PasswordHash: r.Text(5), Console: r.Bool(6), CreatedAt: r.Micros(8), Email: r.Text(9),
	}
	if err := json.Unmarshal(r.Bytes(7), &u.Rights); err != nil {
		return fmt.Errorf("rights of user %s: %w", u.ID, err)
	}
	return nil
}

func (tx *Tx) oneUser(sql string, args ...any) (u paceline.User, found bool, err error) {
	var bad error
	found, err = tx.one(sql, args, func(r *Row) { bad = scanUser(r, &u) })
	if err == nil {
		err = bad
	}
	return u, found, err
}

// InsertUser stores a user of the scope's partner. The caller has seen that the name is free.
func (tx *Tx) InsertUser(scope paceline.Scope, u paceline.User) error {
	rights, err := json.Marshal(u.Rights)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO person (id, partner_id, user_name, user_fold, first_name, last_name, password_hash,
		console, rights, created_at, email) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		u.ID, scope.Partner, u.UserName, Fold(u.UserName), u.FirstName, u.LastName, u.PasswordHash,
		u.Console, rights, u.CreatedAt, u.Email)
	return err
}

// UpdateUser stores the names, the password and the rights of a user.
func (tx *Tx) UpdateUser(scope paceline.Scope, u paceline.User) error {
	rights, err := json.Marshal(u.Rights)
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE person SET first_name = $3, last_name = $4, password_hash = $5, console = $6, rights = $7, email = $8
		WHERE partner_id = $1 AND id = $2`,
		scope.Partner, u.ID, u.FirstName, u.LastName, u.PasswordHash, u.Console, rights, u.Email)
	return err
}

// UserByName finds a user of the partner by name, in any letter case.
func (tx *Tx) UserByName(scope paceline.Scope, name string) (paceline.User, bool, error) {
	return tx.oneUser(`SELECT `+userColumns+` FROM person p WHERE p.partner_id = $1 AND p.user_fold = $2`,
		scope.Partner, Fold(name))
}

// UserByID finds a user of the partner.
func (tx *Tx) UserByID(scope paceline.Scope, id paceline.ID) (paceline.User, bool, error) {
	return tx.oneUser(`SELECT `+userColumns+` FROM person p WHERE p.partner_id = $1 AND p.id = $2`, scope.Partner, id)
}

// Administrator returns the partner's first console user with all rights.
func (tx *Tx) Administrator(scope paceline.Scope) (paceline.User, bool, error) {
	return tx.oneUser(`SELECT `+userColumns+` FROM person p WHERE p.partner_id = $1 AND p.console = 1
		ORDER BY p.created_at, p.id LIMIT 1`, scope.Partner)
}

// AccountUsers returns one page of the users who have access to the scope's account, by name.
func (tx *Tx) AccountUsers(scope paceline.Scope, page paceline.Page) (list paceline.List[paceline.User], err error) {
	err = tx.query(`SELECT `+userColumns+` FROM account_person ap JOIN person p ON p.partner_id = ap.partner_id AND p.id = ap.person_id
		WHERE ap.partner_id = $1 AND ap.account_id = $2 ORDER BY p.user_fold, p.id LIMIT $3 OFFSET $4`,
		[]any{scope.Partner, scope.Account, page.Limit(), page.Offset()}, func(r *Row) error {
			var u paceline.User
			bad := scanUser(r, &u)
			list.Items = append(list.Items, u)
			return bad
		})
	if err != nil {
		return list, err
	}
	list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM account_person
		WHERE partner_id = $1 AND account_id = $2 LIMIT $3) counted`, []any{scope.Partner, scope.Account})
	return list, err
}

// Member is a user who has access to an account.
type Member struct {
	paceline.User
	Administrator bool // of the account
	Since         paceline.Micros
}

// Members is AccountUsers with what each of them is to the account.
func (tx *Tx) Members(scope paceline.Scope, page paceline.Page) (list paceline.List[Member], err error) {
	err = tx.query(`SELECT `+userColumns+`, ap.administrator, ap.created_at FROM account_person ap JOIN person p ON p.partner_id = ap.partner_id AND p.id = ap.person_id
		WHERE ap.partner_id = $1 AND ap.account_id = $2 ORDER BY p.user_fold, p.id LIMIT $3 OFFSET $4`,
		[]any{scope.Partner, scope.Account, page.Limit(), page.Offset()}, func(r *Row) error {
			m := Member{Administrator: r.Bool(10), Since: r.Micros(11)}
			bad := scanUser(r, &m.User)
			list.Items = append(list.Items, m)
			return bad
		})
	if err != nil {
		return list, err
	}
	list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM account_person
		WHERE partner_id = $1 AND account_id = $2 LIMIT $3) counted`, []any{scope.Partner, scope.Account})
	return list, err
}

// Administers reports whether a user administers the scope's account.
func (tx *Tx) Administers(scope paceline.Scope, user paceline.ID) (bool, error) {
	return tx.one(`SELECT 1 FROM account_person WHERE partner_id = $1 AND account_id = $2 AND person_id = $3 AND administrator = 1`,
		[]any{scope.Partner, scope.Account, user}, func(*Row) {})
}

// IsMember reports whether a user has access to the scope's account.
func (tx *Tx) IsMember(scope paceline.Scope, user paceline.ID) (bool, error) {
	return tx.one(`SELECT 1 FROM account_person WHERE partner_id = $1 AND account_id = $2 AND person_id = $3`,
		[]any{scope.Partner, scope.Account, user}, func(*Row) {})
}

// SetAdministrator says whether a user who has access to the scope's account administers it.
func (tx *Tx) SetAdministrator(scope paceline.Scope, user paceline.ID, administrator bool) error {
	_, err := tx.exec(`UPDATE account_person SET administrator = $4 WHERE partner_id = $1 AND account_id = $2 AND person_id = $3`,
		scope.Partner, scope.Account, user, administrator)
	return err
}

// Grant gives a user access to the scope's account; a second time changes nothing.
func (tx *Tx) Grant(scope paceline.Scope, user paceline.ID, at paceline.Micros) error {
	_, err := tx.exec(`INSERT INTO account_person (partner_id, account_id, person_id, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (partner_id, account_id, person_id) DO NOTHING`, scope.Partner, scope.Account, user, at)
	return err
}

// Withdraw takes a user's access to the scope's account away and says whether there was any.
func (tx *Tx) Withdraw(scope paceline.Scope, user paceline.ID) (bool, error) {
	n, err := tx.exec(`DELETE FROM account_person WHERE partner_id = $1 AND account_id = $2 AND person_id = $3`,
		scope.Partner, scope.Account, user)
	return n > 0, err
}

// WithdrawAll takes everybody's access to the scope's account away.
func (tx *Tx) WithdrawAll(scope paceline.Scope) error {
	_, err := tx.exec(`DELETE FROM account_person WHERE partner_id = $1 AND account_id = $2`, scope.Partner, scope.Account)
	return err
}

// AccountsOfUser returns the numbers of the accounts to which a user has access, at most limit of them.
func (tx *Tx) AccountsOfUser(scope paceline.Scope, user paceline.ID, limit int) (nums []int64, err error) {
	err = tx.query(`SELECT account_id FROM account_person WHERE partner_id = $1 AND person_id = $2
		ORDER BY account_id LIMIT $3`, []any{scope.Partner, user, limit}, func(r *Row) error {
		nums = append(nums, r.Int(0))
		return nil
	})
	return nums, err
}
