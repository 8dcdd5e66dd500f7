package tenant

import (
	"context"
	"maps"
	"slices"

	"paceline"
	"paceline/store"
)

// ConsoleUserPatch is what a caller may say about a console user. Areas not named have no right.
type ConsoleUserPatch struct {
	UserName            string // of a new one
	FirstName, LastName Patch[string]
	Password            Patch[string] // needed for a new one
	Email               Patch[string] // "": the user name
	ActivityMail        Patch[bool]
	Full                Patch[bool]
	Areas               Patch[map[string]paceline.RightLevel]
	DropSecondFactor    bool // of somebody who has lost his app and the codes for that
}

// Areas are the names of all areas in which a console user may have a right, in order.
var Areas = []string{
	AreaAccounts, AreaAccountUsers, AreaOpenAccount, AreaTemplates, AreaReleases, AreaExchange, AreaConnectors,
	AreaCredentials, AreaMarketplaces, AreaConsoleUsers, AreaSettings, AreaAddresses, AreaNotify,
}

// ConsoleUsers lists who may sign in to the console, by name.
func (t *Tenant) ConsoleUsers(ctx context.Context, p paceline.Principal) (list []paceline.User, err error) {
	if err := needPartner(p, AreaConsoleUsers, paceline.ViewRight); err != nil {
		return nil, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		if list, err = tx.ConsoleUsers(p.PartnerScope()); err != nil {
			return err
		}
		return activityMail(tx, p.PartnerScope(), list)
	})
	return list, err
}

// needPerson is needPartner for what an API client may not do: it must not become an administrator.
func needPerson(p paceline.Principal, level paceline.RightLevel) error {
	if err := needPartner(p, AreaConsoleUsers, level); err != nil {
		return err
	}
	if p.Kind == paceline.ClientPrincipal {
		return paceline.Fail(paceline.CodeForbidden)
	}
	return nil
}

// CreateConsoleUser lets somebody sign in to the console, a user of accounts too: then with the new password. Errors:
// Invalid; Forbidden for rights that the caller has not, and for API clients.
func (t *Tenant) CreateConsoleUser(ctx context.Context, p paceline.Principal, c ConsoleUserPatch) (user paceline.User, err error) {
	if err := needPerson(p, paceline.EditRight); err != nil {
		return user, err
	}
	hash, err := t.hashOf(ctx, UserPatch{UserName: c.UserName, Password: c.Password})
	if err != nil {
		return user, err
	}
	if hash == "" {
		return user, paceline.Fail(paceline.CodeFieldInvalid, "name", "Password", "reason", "it is missing")
	}
	return t.createConsoleUser(ctx, p, c, hash, func(*store.Tx, paceline.User) error { return nil })
}

func (t *Tenant) createConsoleUser(ctx context.Context, p paceline.Principal, c ConsoleUserPatch, hash string, within func(*store.Tx, paceline.User) error) (user paceline.User, err error) {
	if err := needPerson(p, paceline.EditRight); err != nil {
		return user, err
	}
	id := paceline.NewID(t.clock.Now())
	err = t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		_, found, err := tx.UserByName(p.PartnerScope(), c.UserName)
		if err != nil {
			return err
		}
		if found || store.Fold(c.UserName) == store.Fold(apiUser) {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "UserName", "reason", "it is in use")
		}
		user = paceline.User{ID: id, Partner: p.Partner, UserName: c.UserName, PasswordHash: hash, Console: true, CreatedAt: tx.Now()}
		if err := c.apply(p, &user); err != nil {
			return err
		}
		if err := tx.InsertUser(p.PartnerScope(), user); err != nil {
			return err
		}
		if err := c.wish(tx, p.PartnerScope(), &user); err != nil {
			return err
		}
		if err := audit(tx, p, 0, "user.created", "user", user.UserName, "console"); err != nil {
			return err
		}
		return within(tx, user)
	})
	return user, err
}

// UpdateConsoleUser changes names, password and rights; new rights count from the next request on, and a new password
// ends the user's sessions. An invitation ends with either, unless there are only fewer rights. Errors: NotFound; Invalid; Forbidden.
func (t *Tenant) UpdateConsoleUser(ctx context.Context, p paceline.Principal, id paceline.ID, c ConsoleUserPatch) (user paceline.User, err error) {
	if err := needPerson(p, paceline.EditRight); err != nil {
		return user, err
	}
	hash := ""
	if c.Password.given() && c.Password.Value != "" {
		if err := checkPasswordRules(c.Password.Value); err != nil {
			return user, err
		}
		if hash, err = t.hashPassword(ctx, c.Password.Value); err != nil {
			return user, err
		}
	}
	err = t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if user, err = consoleUser(tx, p, id); err != nil {
			return err
		}
		if err := within(p, user.Rights); err != nil {
			return err
		}
		before := userPrincipal(user, 0)
		if err := c.apply(p, &user); err != nil {
			return err
		}
		// Who holds an invitation's link was to have what the user was then.
		if hash != "" || within(before, user.Rights) != nil {
			if err := tx.DeleteInvitation(p.PartnerScope(), user.ID); err != nil {
				return err
			}
		}
		if hash != "" {
			user.PasswordHash = hash
			if err := endSessions(tx, p, user.ID); err != nil {
				return err
			}
		}
		if c.DropSecondFactor {
			if err := tx.DeleteSecondFactor(p.PartnerScope(), user.ID); err != nil {
				return err
			}
		}
		if err := tx.UpdateUser(p.PartnerScope(), user); err != nil {
			return err
		}
		if err := c.wish(tx, p.PartnerScope(), &user); err != nil {
			return err
		}
		if err := someoneIsFull(tx, p); err != nil {
			return err
		}
		return audit(tx, p, 0, "user.updated", "user", user.UserName, "console")
	})
	if err == nil {
		t.forgetUsers(p.Partner)
	}
	return user, err
}

// DeleteConsoleUser ends somebody's access at once: to the console, and to accounts. Errors: NotFound; Forbidden; Invalid for
// the caller, and for the last one with all rights.
func (t *Tenant) DeleteConsoleUser(ctx context.Context, p paceline.Principal, id paceline.ID) error {
	if err := needPerson(p, paceline.ManageRight); err != nil {
		return err
	}
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		user, err := consoleUser(tx, p, id)
		if err != nil {
			return err
		}
		if err := within(p, user.Rights); err != nil {
			return err
		}
		if user.ID == p.UserID {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "User", "reason", "nobody deletes himself")
		}
		if err := endSessions(tx, p, user.ID); err != nil {
			return err
		}
		if err := tx.DeleteUser(p.PartnerScope(), user.ID); err != nil {
			return err
		}
		if err := someoneIsFull(tx, p); err != nil {
			return err
		}
		return audit(tx, p, 0, "user.deleted", "user", user.UserName, "console")
	})
	if err == nil {
		t.forgetUsers(p.Partner)
	}
	return err
}

func consoleUser(tx *store.Tx, p paceline.Principal, id paceline.ID) (paceline.User, error) {
	user, found, err := tx.UserByID(p.PartnerScope(), id)
	if err == nil && (!found || !user.Console) {
		err = notFound("User")
	}
	return user, err
}

func endSessions(tx *store.Tx, p paceline.Principal, user paceline.ID) error {
	if err := tx.DeleteTokensOfUser(p.PartnerScope(), user); err != nil {
		return err
	}
	return tx.DeleteEmbedSessionsOf(p.PartnerScope(), user)
}

// someoneIsFull refuses a change after which nobody could give rights.
func someoneIsFull(tx *store.Tx, p paceline.Principal) error {
	all, err := tx.ConsoleUsers(p.PartnerScope())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(u paceline.User) bool { return u.Rights.Full }) {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "Full", "reason", "one console user must keep all rights")
	}
	return nil
}

// within refuses rights that reach further than the caller's own.
func within(p paceline.Principal, rights paceline.Rights) error {
	if p.Kind != paceline.UserPrincipal || p.Rights.Full {
		return nil
	}
	if rights.Full {
		return paceline.Fail(paceline.CodeForbidden)
	}
	for area, level := range rights.Areas {
		if level > p.Rights.Areas[area] {
			return paceline.Fail(paceline.CodeForbidden)
		}
	}
	return nil
}

func (c ConsoleUserPatch) apply(p paceline.Principal, user *paceline.User) error {
	for _, text := range []struct {
		name string
		from Patch[string]
		to   *string
	}{{"FirstName", c.FirstName, &user.FirstName}, {"LastName", c.LastName, &user.LastName}} {
		if err := checkText(text.name, text.from.Value, maxName); err != nil {
			return err
		}
		text.from.into(text.to)
	}
	if c.Email.Set {
		if c.Email.Value != "" && !isAddress(c.Email.Value) {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "Email", "reason", "it is no email address")
		}
		user.Email = c.Email.Value
	}
	c.Full.into(&user.Rights.Full)
	if c.Areas.Set {
		user.Rights.Areas = map[string]paceline.RightLevel{}
		for _, area := range slices.Sorted(maps.Keys(c.Areas.Value)) {
			if !slices.Contains(Areas, area) {
				return paceline.Fail(paceline.CodeFieldInvalid, "name", "Rights", "reason", "there is no area "+area)
			}
			if level := c.Areas.Value[area]; level > paceline.NoRight {
				user.Rights.Areas[area] = level
			}
		}
	}
	return within(p, user.Rights)
}
