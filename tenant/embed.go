package tenant

import (
	"context"
	"errors"

	"paceline"
	"paceline/catalog"
	"paceline/store"
)

// Embedding is what a call for the address of a page for an account says: of LAUNCH, ORBIT or a marketplace.
type Embedding struct {
	Account            string // API id or internal GUID; an unknown one is made, with this API id
	AccountName        string // of a new account; "" is the id
	AccountDescription *string
	// User is who the page is for; nil is the account's built-in user.
	User *UserPatch
	// Connectors are installed in the account or, where they are already, given their new values.
	Connectors []catalog.ConnectorOrder
	// Told is what the page is told, as Told has it: the address admits to nothing else.
	Told string
}

// Embed makes what is missing of an account, its user and its connectors, and a token for the page, all of it in one
// transaction. Errors: Unauthorized, Forbidden; Invalid, also for a user's wrong password; Throttled.
func (t *Tenant) Embed(ctx context.Context, p paceline.Principal, in Embedding) (a paceline.Account, token SignInToken, err error) {
	if err := needPartner(p, AreaAccountUsers, paceline.EditRight); err != nil {
		return a, token, err
	}
	name := in.AccountName
	if name == "" {
		name = in.Account
	}
	if in.Account == "" {
		return a, token, paceline.Fail(paceline.CodeFieldInvalid, "name", "AccountId", "reason", "it is missing")
	}
	patch := AccountPatch{ID: Value(in.Account), Name: Value(name)}
	if in.AccountDescription != nil {
		patch.Description = Value(*in.AccountDescription)
	}
	job, err := t.newAccount(p, patch)
	if err != nil {
		return a, token, err
	}
	for i := range in.Connectors {
		in.Connectors[i].Renew = true
	}
	job.orders.Connectors = in.Connectors
	job.find = func(tx *store.Tx) (paceline.Account, bool, error) {
		return findAccount(tx, p.PartnerScope(), in.Account)
	}
	for range maxStale {
		user, err := t.embedUser(ctx, p, in.User)
		if err != nil {
			return a, token, err
		}
		draft := t.newSignInToken(markOf(in.Told))
		job.within = func(tx *store.Tx, a paceline.Account) error {
			if err := user.insert(tx, p); err != nil {
				return err
			}
			return t.insertSignInToken(tx, p, a, user.name, draft)
		}
		a, _, err = t.provision(ctx, p, job)
		if !errors.Is(err, errUserMeanwhile) {
			return a, draft.SignInToken, err
		}
	}
	return a, token, paceline.Fail(paceline.CodeBusy)
}

// embedUser is who a page is for; with a hash it is a new user.
type embedUser struct {
	id         paceline.ID
	name, hash string
}

// errUserMeanwhile says that somebody else has made the user.
var errUserMeanwhile = errors.New("the user was made meanwhile")

// embedUser checks the password of a user who is there, and that of a new one against the rules.
func (t *Tenant) embedUser(ctx context.Context, p paceline.Principal, c *UserPatch) (u embedUser, err error) {
	if c == nil {
		return embedUser{name: apiUser}, nil
	}
	if err := checkUserName(c.UserName); err != nil {
		return u, err
	}
	u = embedUser{id: paceline.NewID(t.clock.Now()), name: c.UserName}
	var have paceline.User
	found := false
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		have, found, err = tx.UserByName(p.PartnerScope(), c.UserName)
		return err
	})
	switch {
	case err != nil:
		return u, err
	case have.Console || store.Fold(c.UserName) == store.Fold(apiUser):
		return u, paceline.Fail(paceline.CodeForbidden)
	case found:
		_, err = t.checkPassword(ctx, p.Partner, c.UserName, c.Password.Value, "", anybody)
		if paceline.CodeOf(err) == paceline.CodeDenied {
			err = paceline.Fail(paceline.CodeUserPassword)
		}
		return u, err
	}
	if u.hash, err = t.hashOf(ctx, *c); err == nil && u.hash == "" {
		err = paceline.Fail(paceline.CodeFieldInvalid, "name", "Password", "reason", "it is missing")
	}
	return u, err
}

// insert stores a new user.
func (u embedUser) insert(tx *store.Tx, p paceline.Principal) error {
	if u.hash == "" {
		return nil
	}
	_, found, err := tx.UserByName(p.PartnerScope(), u.name)
	if err != nil {
		return err
	}
	if found {
		return errUserMeanwhile
	}
	return tx.InsertUser(p.PartnerScope(), paceline.User{ID: u.id, UserName: u.name, PasswordHash: u.hash, CreatedAt: tx.Now()})
}
