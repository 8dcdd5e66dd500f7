package store

import "paceline"

// ConsoleUsers returns all users of the partner who may sign in to the console, by name.
func (tx *Tx) ConsoleUsers(scope paceline.Scope) (list []paceline.User, err error) {
	err = tx.query(`SELECT `+userColumns+` FROM person p WHERE p.partner_id = $1 AND p.console = 1 ORDER BY p.user_fold, p.id`,
		[]any{scope.Partner}, func(r *Row) error {
			var u paceline.User
			bad := scanUser(r, &u)
			list = append(list, u)
			return bad
		})
	return list, err
}

// DeleteUser forgets a user of the partner and the access to its accounts. Tokens are deleted by who calls.
func (tx *Tx) DeleteUser(scope paceline.Scope, user paceline.ID) error {
	if _, err := tx.exec(`DELETE FROM account_person WHERE partner_id = $1 AND person_id = $2`, scope.Partner, user); err != nil {
		return err
	}
	if err := tx.DeleteSecondFactor(scope, user); err != nil {
		return err
	}
	if err := tx.DeleteInvitation(scope, user); err != nil {
		return err
	}
	if err := tx.deleteMailOf(scope, user); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM person WHERE partner_id = $1 AND id = $2`, scope.Partner, user)
	return err
}
