package tenant

import (
	"context"
	"time"

	"paceline"
	"paceline/store"
)

// SignInToken is a token for a link that opens an account's pages, as its holder. Its text is shown this once.
type SignInToken struct {
	Token     string // 32 characters that need no escape in an address
	ExpiresAt paceline.Micros
}

// SignInPath is where sign-in links lead.
const SignInPath = "/account/signinwithtoken"

// What a token is for stands in its hash: one for a vendor's consent begins no session, or a page could prolong its own for ever.
const (
	anyPurpose     = ""
	consentPurpose = "consent "
)

const (
	signInLife  = 5 * time.Minute
	signInBytes = 24
	// APIUser is the user of links that name nobody. It cannot sign in with a password.
	APIUser = "API User"
	apiUser = APIUser
)

// CreateSignInToken makes a token for a user of an account, valid once and for five minutes. The user is made,
// without a password, if there is none, and gets access to the account. Errors: NotFound for the account;
// Invalid; Forbidden for a console user, whom an API client must not be able to become.
func (t *Tenant) CreateSignInToken(ctx context.Context, p paceline.Principal, account, userName string) (SignInToken, error) {
	if err := needPartner(p, AreaAccountUsers, paceline.EditRight); err != nil {
		return SignInToken{}, err
	}
	return t.signInToken(ctx, p, account, userName)
}

// CreateAPIUserToken makes a token for the built-in user of an account. Errors: Unauthorized.
func (t *Tenant) CreateAPIUserToken(ctx context.Context, p paceline.Principal, a paceline.Account) (SignInToken, error) {
	if p.Partner != a.Partner || !p.MayAccount(a.Num) {
		return SignInToken{}, paceline.Fail(paceline.CodeAccountHeader)
	}
	return t.signInToken(ctx, p, string(a.ID), apiUser)
}

// CreateConsentToken makes a token with which somebody who is on an embedded page begins a vendor's consent, and nothing else.
// Errors: Forbidden for another account than the page's.
func (t *Tenant) CreateConsentToken(ctx context.Context, p paceline.Principal, a paceline.Account) (SignInToken, error) {
	if p.Partner != a.Partner || p.RestrictedTo != a.Num {
		return SignInToken{}, paceline.Fail(paceline.CodeAccountHeader)
	}
	draft := t.newSignInToken("")
	draft.hash = hashToken(consentPurpose + draft.Token)
	return t.storeSignInToken(ctx, p, string(a.ID), p.Name, draft)
}

func (t *Tenant) signInToken(ctx context.Context, p paceline.Principal, account, userName string) (SignInToken, error) {
	return t.storeSignInToken(ctx, p, account, userName, t.newSignInToken(""))
}

func (t *Tenant) storeSignInToken(ctx context.Context, p paceline.Principal, account, userName string, draft signInDraft) (SignInToken, error) {
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		a, err := mustFindAccount(tx, p.PartnerScope(), account)
		if err != nil {
			return err
		}
		return t.insertSignInToken(tx, p, a, userName, draft)
	})
	if err != nil {
		return SignInToken{}, err
	}
	return draft.SignInToken, nil
}

// signInDraft is a token that is yet to be stored, with the id of its user if that one is new.
type signInDraft struct {
	SignInToken
	hash    tokenHash
	newUser paceline.ID
}

// newSignInToken makes a token; mark is what it was made for, as markOf has it.
func (t *Tenant) newSignInToken(mark string) signInDraft {
	now := t.clock.Now()
	d := signInDraft{newUser: paceline.NewID(now)}
	d.Token, d.ExpiresAt = paceline.NewSecret(signInBytes)+mark, paceline.ToMicros(now.Add(signInLife))
	d.hash = hashToken(d.Token)
	return d
}

// insertSignInToken stores a token, with the user that it is for. The transaction has the partner's scope.
func (t *Tenant) insertSignInToken(tx *store.Tx, p paceline.Principal, a paceline.Account, userName string, d signInDraft) error {
	user, err := t.admitUser(tx, a, userName, d.newUser)
	if err != nil {
		return err
	}
	if err := tx.InsertSignInToken(a.Scope(), store.SignInToken{Hash: d.hash[:], User: user.ID, ExpiresAt: d.ExpiresAt}); err != nil {
		return err
	}
	return audit(tx, p, a.Num, "user.sign_in_token", "user", user.UserName, "")
}

// UseSignInToken admits the holder of a token to its account and ends the token: of several who try at once, one
// is admitted. Errors: Forbidden for a token that is unknown, used, expired, or of an account or a user that is
// gone, all alike.
func (t *Tenant) UseSignInToken(ctx context.Context, text string) (paceline.Principal, paceline.Account, error) {
	return t.useSignInToken(ctx, anyPurpose, text, func(*store.Tx, paceline.Account, paceline.User) error { return nil })
}

// UseConsentToken is UseSignInToken for the beginning of a vendor's consent, which takes tokens for that alone, too.
func (t *Tenant) UseConsentToken(ctx context.Context, text string) (paceline.Principal, paceline.Account, error) {
	p, a, err := t.useSignInToken(ctx, consentPurpose, text, func(*store.Tx, paceline.Account, paceline.User) error { return nil })
	if paceline.CodeOf(err) == paceline.CodeSignInToken {
		return t.UseSignInToken(ctx, text)
	}
	return p, a, err
}

// useSignInToken is UseSignInToken for tokens of a purpose that does more in its transaction.
func (t *Tenant) useSignInToken(ctx context.Context, purpose, text string, within func(*store.Tx, paceline.Account, paceline.User) error) (paceline.Principal, paceline.Account, error) {
	refused := paceline.Fail(paceline.CodeSignInToken)
	hash := hashToken(purpose + text)
	var token store.SignInToken
	found := false
	err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
		token, found, err = tx.SignInTokenByHash(hash[:])
		return err
	})
	if err != nil {
		return paceline.Principal{}, paceline.Account{}, err
	}
	if !found || token.ExpiresAt <= paceline.ToMicros(t.clock.Now()) {
		return paceline.Principal{}, paceline.Account{}, refused
	}
	scope := paceline.Scope{Partner: token.Partner, Account: token.Account}
	var a paceline.Account
	var user paceline.User
	err = t.store.InTx(ctx, paceline.Scope{Partner: token.Partner}, func(tx *store.Tx) error {
		used, err := tx.UseSignInToken(scope, hash[:])
		if err != nil {
			return err
		}
		var haveAccount, haveUser bool
		if a, haveAccount, err = tx.AccountByNum(scope); err != nil {
			return err
		}
		if user, haveUser, err = tx.UserByID(scope, token.User); err != nil {
			return err
		}
		if !used || !haveAccount || a.State != paceline.AccountActive || !haveUser || user.Console {
			return refused
		}
		if err := within(tx, a, user); err != nil {
			return err
		}
		return audit(tx, paceline.Principal{Partner: token.Partner, Name: user.UserName}, a.Num, "user.signed_in", "user", user.UserName, "")
	})
	if err != nil {
		return paceline.Principal{}, paceline.Account{}, err
	}
	return userPrincipal(user, a.Num), a, nil
}
