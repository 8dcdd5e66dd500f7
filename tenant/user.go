package tenant

import (
	"context"
	"strings"
	"unicode"

	"paceline"
	"paceline/store"
)

// UserPatch names a user and, if the caller sets one, the password.
type UserPatch struct {
	UserName string
	Password Patch[string]
	// Administrator makes the user an administrator of the account, or no more one.
	Administrator Patch[bool]
}

func checkUserName(name string) error {
	reason := ""
	switch {
	case name == "":
		reason = "it is missing"
	case name != strings.TrimSpace(name):
		reason = "it begins or ends with white space"
	case strings.ContainsFunc(name, unicode.IsControl):
		reason = "it contains a control character"
	default:
		return checkText("UserName", name, maxName)
	}
	return paceline.Fail(paceline.CodeFieldInvalid, "name", "UserName", "reason", reason)
}

// AccountUsers lists the users who have access to an account, by name. Errors: NotFound.
func (t *Tenant) AccountUsers(ctx context.Context, p paceline.Principal, account string, page paceline.Page) (list paceline.List[paceline.User], err error) {
	if err := needPartner(p, AreaAccountUsers, paceline.ViewRight); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		a, err := mustFindAccount(tx, p.PartnerScope(), account)
		if err != nil {
			return err
		}
		list, err = tx.AccountUsers(a.Scope(), page)
		return err
	})
	return list, err
}

// Members lists the users who have access to an account and what they are to it, by name. Errors: NotFound.
func (t *Tenant) Members(ctx context.Context, p paceline.Principal, account string, page paceline.Page) (list paceline.List[store.Member], err error) {
	if err := needPartner(p, AreaAccountUsers, paceline.ViewRight); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		a, err := mustFindAccount(tx, p.PartnerScope(), account)
		if err != nil {
			return err
		}
		list, err = tx.Members(a.Scope(), page)
		return err
	})
	return list, err
}

// OwnMembers is Members for the account's administrators, and for the partner's people in it. Errors: Forbidden.
func (t *Tenant) OwnMembers(ctx context.Context, p paceline.Principal, a paceline.Account, page paceline.Page) (list paceline.List[store.Member], err error) {
	if err := mayAdminister(p, a, AreaAccountUsers, paceline.ViewRight); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.Members(a.Scope(), page)
		return err
	})
	return list, err
}

// mayAdminister checks that the caller administers the account, or belongs to its partner and has the right.
func mayAdminister(p paceline.Principal, a paceline.Account, area string, level paceline.RightLevel) error {
	switch {
	case p.Partner != a.Partner || !p.MayAccount(a.Num):
		return paceline.Fail(paceline.CodeAccountHeader)
	case !p.MayAdminister(a.Num):
		return paceline.Fail(paceline.CodeForbidden)
	case p.RestrictedTo != 0:
		return nil
	}
	return needPartner(p, area, level)
}

// PutAccountUser gives a user access to an account, and makes the user if there is none: then a password
// is needed. A password sets that of an existing user too. A second time changes nothing. Errors:
// NotFound for the account, Invalid, Forbidden for the password of a console user.
func (t *Tenant) PutAccountUser(ctx context.Context, p paceline.Principal, account string, c UserPatch) error {
	if err := needPartner(p, AreaAccountUsers, paceline.EditRight); err != nil {
		return err
	}
	return t.putMember(ctx, p, c, func(tx *store.Tx) (paceline.Account, error) { return mustFindAccount(tx, p.PartnerScope(), account) })
}

// PutOwnMember is PutAccountUser for the account's administrators, who set passwords of those alone whom they make: a user
// may belong to other accounts, too. Errors: Forbidden, Invalid.
func (t *Tenant) PutOwnMember(ctx context.Context, p paceline.Principal, a paceline.Account, c UserPatch) error {
	if err := mayAdminister(p, a, AreaAccountUsers, paceline.EditRight); err != nil {
		return err
	}
	return t.putMember(ctx, p, c, func(*store.Tx) (paceline.Account, error) { return a, nil })
}

func (t *Tenant) putMember(ctx context.Context, p paceline.Principal, c UserPatch, find func(*store.Tx) (paceline.Account, error)) error {
	hash, err := t.hashOf(ctx, c)
	if err != nil {
		return err
	}
	scope := p.PartnerScope()
	id := paceline.NewID(t.clock.Now())
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		a, err := find(tx)
		if err != nil {
			return err
		}
		user, found, err := tx.UserByName(scope, c.UserName)
		switch {
		case err != nil:
			return err
		case !found && hash != "" && store.Fold(c.UserName) == store.Fold(apiUser):
			return paceline.Fail(paceline.CodeForbidden)
		case !found && hash == "":
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "Password", "reason", "it is missing")
		case !found:
			user = paceline.User{ID: id, UserName: c.UserName, PasswordHash: hash, CreatedAt: tx.Now()}
			if err := tx.InsertUser(scope, user); err != nil {
				return err
			}
		case hash != "" && p.RestrictedTo != 0:
			return paceline.Fail(paceline.CodeForbidden)
		case hash != "":
			if err := setPassword(tx, p, user, hash); err != nil {
				return err
			}
		}
		if err := tx.Grant(a.Scope(), user.ID, tx.Now()); err != nil {
			return err
		}
		if !c.Administrator.given() {
			return audit(tx, p, a.Num, "user.granted", "user", user.UserName, "")
		}
		if err := tx.SetAdministrator(a.Scope(), user.ID, c.Administrator.Value); err != nil {
			return err
		}
		level := "standard"
		if c.Administrator.Value {
			level = "administrator"
		}
		return audit(tx, p, a.Num, "user.granted", "user", user.UserName, level)
	})
	if err == nil {
		t.forgetUsers(p.Partner)
	}
	return err
}

// hashOf checks and hashes the password of a patch, "" for none.
func (t *Tenant) hashOf(ctx context.Context, c UserPatch) (string, error) {
	if err := checkUserName(c.UserName); err != nil {
		return "", err
	}
	if !c.Password.given() || c.Password.Value == "" {
		return "", nil
	}
	if err := checkPasswordRules(c.Password.Value); err != nil {
		return "", err
	}
	return t.hashPassword(ctx, c.Password.Value)
}

// RemoveAccountUser takes a user's access to an account away; the user stays. Errors: NotFound.
func (t *Tenant) RemoveAccountUser(ctx context.Context, p paceline.Principal, account, userName string) error {
	if err := needPartner(p, AreaAccountUsers, paceline.EditRight); err != nil {
		return err
	}
	return t.removeMember(ctx, p, userName, func(tx *store.Tx) (paceline.Account, error) { return mustFindAccount(tx, p.PartnerScope(), account) })
}

// RemoveOwnMember is RemoveAccountUser for the account's administrators, who cannot remove themselves. Errors: Forbidden, NotFound.
func (t *Tenant) RemoveOwnMember(ctx context.Context, p paceline.Principal, a paceline.Account, userName string) error {
	if err := mayAdminister(p, a, AreaAccountUsers, paceline.EditRight); err != nil {
		return err
	}
	if p.RestrictedTo != 0 && store.Fold(userName) == store.Fold(p.Name) {
		return paceline.Fail(paceline.CodeForbidden)
	}
	return t.removeMember(ctx, p, userName, func(*store.Tx) (paceline.Account, error) { return a, nil })
}

func (t *Tenant) removeMember(ctx context.Context, p paceline.Principal, userName string, find func(*store.Tx) (paceline.Account, error)) error {
	scope := p.PartnerScope()
	err := t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		a, err := find(tx)
		if err != nil {
			return err
		}
		if checkUserName(userName) != nil {
			return notFound("User")
		}
		user, found, err := tx.UserByName(scope, userName)
		if err != nil {
			return err
		}
		had := false
		if found {
			if had, err = tx.Withdraw(a.Scope(), user.ID); err != nil {
				return err
			}
		}
		if !had {
			return notFound("User")
		}
		if err := tx.DeleteTokensOfUser(a.Scope(), user.ID); err != nil {
			return err
		}
		if err := tx.DeleteSignInTokens(a.Scope(), user.ID); err != nil {
			return err
		}
		if err := tx.DeleteEmbedSessions(a.Scope(), user.ID); err != nil {
			return err
		}
		if err := tx.DeleteSetupTokens(a.Scope(), user.ID); err != nil {
			return err
		}
		return audit(tx, p, a.Num, "user.withdrawn", "user", user.UserName, "")
	})
	if err == nil {
		t.forgetUsers(p.Partner)
	}
	return err
}

// SetPassword sets the password of an account user and ends the user's tokens. Errors: NotFound, Invalid,
// Forbidden for a console user.
func (t *Tenant) SetPassword(ctx context.Context, p paceline.Principal, c UserPatch) error {
	if err := needPartner(p, AreaAccountUsers, paceline.EditRight); err != nil {
		return err
	}
	hash, err := t.hashOf(ctx, c)
	if err != nil {
		return err
	}
	if hash == "" {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "Password", "reason", "it is missing")
	}
	scope := p.PartnerScope()
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		user, found, err := tx.UserByName(scope, c.UserName)
		if err != nil {
			return err
		}
		if !found {
			return notFound("User")
		}
		return setPassword(tx, p, user, hash)
	})
	if err == nil {
		t.forgetUsers(p.Partner)
	}
	return err
}

// setPassword changes the password of an account user. That of a console user only changes through the
// console: an API client must not be able to become an administrator. The built-in user never has one.
func setPassword(tx *store.Tx, p paceline.Principal, user paceline.User, hash string) error {
	if user.Console || store.Fold(user.UserName) == store.Fold(apiUser) {
		return paceline.Fail(paceline.CodeForbidden)
	}
	user.PasswordHash = hash
	if err := tx.UpdateUser(p.PartnerScope(), user); err != nil {
		return err
	}
	if err := tx.DeleteTokensOfUser(p.PartnerScope(), user.ID); err != nil {
		return err
	}
	if err := tx.DeleteEmbedSessionsOf(p.PartnerScope(), user.ID); err != nil {
		return err
	}
	return audit(tx, p, 0, "user.password_set", "user", user.UserName, "")
}

// forgetUsers drops what is known of the tokens of a partner's users.
func (t *Tenant) forgetUsers(partner int64) {
	t.tokens.forgetIf(func(_ tokenHash, e bearerEntry) bool {
		return e.principal.Partner == partner && e.principal.UserID != ""
	})
}
