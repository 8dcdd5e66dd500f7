package tenant

import (
	"context"
	"time"

	"paceline"
	"paceline/store"
)

// A person stays signed in to the web application for SessionLife, and for SessionIdle without a request of the application.
const (
	SessionLife = 12 * time.Hour
	SessionIdle = 2 * time.Hour

	extendEvery = 5 * time.Minute
)

// SessionRequest is what a person types to sign in. Account is the API id of the account that a user of
// several accounts wants; Partner names the partner where an installation has more than one.
type SessionRequest struct {
	UserName, Password string
	Code               string // of the authenticator app, of who has one
	Account, Partner   string
	From               string `json:"-"` // address of the client, "" where it is not known
}

// Session is who is signed in to the web application. Token is shown only when it begins.
type Session struct {
	Token     string
	ExpiresAt paceline.Micros
	Left      time.Duration // until it ends, however much it is used
	Principal paceline.Principal
	Partner   paceline.Partner
	Account   paceline.Account   // zero for console users, who may open any
	HasFactor bool               // signs in with a code, too
	Accounts  []paceline.Account // that a user of several accounts may go to, this one among them
}

// BeginSession signs a person in: console users to the partner's console, others to their account.
// Errors: Unauthorized (CodeDenied) for whatever does not fit, all alike, also for the console from an address that is not allowed, which must not
// tell that the password was right; CodeSecondFactor for a right password of somebody who needs
// a code, too; Throttled after several wrong passwords or codes.
func (t *Tenant) BeginSession(ctx context.Context, r SessionRequest) (s Session, err error) {
	denied := paceline.Fail(paceline.CodeDenied)
	if s.Partner, err = t.sessionPartner(ctx, r.Partner); err != nil {
		return Session{}, err
	}
	user, err := t.checkPassword(ctx, s.Partner.Num, r.UserName, r.Password, r.From, func(u paceline.User) bool {
		return !u.Console || admit(consoleAddresses(s.Partner), r.From) == nil
	})
	if err != nil {
		return Session{}, err
	}
	sealer, err := t.PartnerKeyOf(ctx, s.Partner.Num)
	if err != nil {
		return Session{}, err
	}
	scope := paceline.Scope{Partner: s.Partner.Num}
	token, row := t.newToken("", 0, false)
	row.UserID, row.ExpiresAt = user.ID, row.IssuedAt.Add(SessionIdle)
	row.keepUntil = row.IssuedAt.Add(SessionLife)
	codes := throttleKey{s.Partner.Num, throttledCodes + store.Fold(user.UserName)}
	if r.Code != "" {
		if wait, err := t.signInWait(ctx, codes); err != nil {
			return Session{}, err
		} else if wait > 0 {
			return Session{}, paceline.Fail(paceline.CodeThrottled).In(wait)
		}
	}
	wrong := false
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		// The user may have been removed, or given another password, since the password was looked at.
		now, found, err := tx.UserByID(scope, user.ID)
		if err != nil {
			return err
		}
		if !found || now.PasswordHash != user.PasswordHash {
			return denied
		}
		user = now
		if err := t.signInFactor(tx, sealer, user, r.Code, &wrong); err != nil {
			return err
		}
		if !user.Console {
			if s.Account, err = accountOf(tx, scope, user.ID, r.Account); err != nil {
				return err
			}
			row.RestrictedTo = s.Account.Num
		}
		if s.Principal, err = memberPrincipal(tx, user, row.RestrictedTo); err != nil {
			return err
		}
		if err := insertToken(tx, s.Partner.Num, row); err != nil {
			return err
		}
		return audit(tx, s.Principal, row.RestrictedTo, "user.signed_in", "user", user.UserName, "")
	})
	if wrong && err != nil {
		if failed := t.signInFailed(ctx, codes); failed != nil {
			return Session{}, failed
		}
	}
	if err == nil && r.Code != "" {
		err = t.signInSucceeded(ctx, codes)
	}
	if err != nil {
		return Session{}, err
	}
	s.Token, s.ExpiresAt, s.Left = token.AccessToken, row.ExpiresAt, row.keepUntil.Time().Sub(t.clock.Now())
	return s, nil
}

// SwitchSession takes a user of several accounts to another one: the session of this token ends, and another begins that ends when it
// would have. Errors: Unauthorized (CodeDenied) for a token that is over, for console users, and for an account to which the user has no access.
func (t *Tenant) SwitchSession(ctx context.Context, bearer, account string) (s Session, err error) {
	denied := paceline.Fail(paceline.CodeDenied)
	if s, err = t.SessionOf(ctx, bearer); err != nil {
		return Session{}, err
	}
	if s.Principal.Kind != paceline.UserPrincipal || s.Principal.RestrictedTo == 0 || account == "" {
		return Session{}, denied
	}
	scope := s.Principal.PartnerScope()
	old := hashToken(bearer)
	token, row := t.newToken("", 0, false)
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		now, found, err := tx.TokenByHash(old[:])
		if err != nil {
			return err
		}
		user, known, err := tx.UserByID(scope, s.Principal.UserID)
		if err != nil {
			return err
		}
		if !found || !known || user.Console || now.UserID != user.ID {
			return denied
		}
		if s.Account, err = accountOf(tx, scope, user.ID, account); err != nil {
			return err
		}
		row.UserID, row.RestrictedTo = user.ID, s.Account.Num
		row.keepUntil = now.IssuedAt.Add(SessionLife)
		row.ExpiresAt = min(row.IssuedAt.Add(SessionIdle), row.keepUntil)
		row.IssuedAt = now.IssuedAt
		if s.Principal, err = memberPrincipal(tx, user, s.Account.Num); err != nil {
			return err
		}
		if _, err := tx.DeleteToken(scope, now.ID); err != nil {
			return err
		}
		if err := insertToken(tx, scope.Partner, row); err != nil {
			return err
		}
		return audit(tx, s.Principal, s.Account.Num, "user.signed_in", "user", user.UserName, "from another account")
	})
	if err != nil {
		return Session{}, err
	}
	t.tokens.forget(old)
	s.Token, s.ExpiresAt, s.Left = token.AccessToken, row.ExpiresAt, row.keepUntil.Time().Sub(t.clock.Now())
	return s, nil
}

// sessionPartner is the named partner, or the only one.
func (t *Tenant) sessionPartner(ctx context.Context, name string) (paceline.Partner, error) {
	all, err := t.Partners(ctx)
	if err != nil {
		return paceline.Partner{}, err
	}
	if name == "" && len(all) == 1 {
		return all[0], nil
	}
	for _, p := range all {
		if name != "" && store.Fold(p.Name) == store.Fold(name) {
			return p, nil
		}
	}
	return paceline.Partner{}, paceline.Fail(paceline.CodeDenied)
}

// maxSessionAccounts bounds the accounts of one user that are looked at.
const maxSessionAccounts = 1000

// accountOf is the account of a user with this API id, or the first active one.
func accountOf(tx *store.Tx, scope paceline.Scope, user paceline.ID, wanted string) (paceline.Account, error) {
	list, err := accountsOf(tx, scope, user)
	if err != nil {
		return paceline.Account{}, err
	}
	for _, a := range list {
		if wanted == "" || string(a.ID) == wanted || a.APIID == wanted {
			return a, nil
		}
	}
	return paceline.Account{}, paceline.Fail(paceline.CodeDenied)
}

// SessionOf returns who holds a session's token. Errors: Unauthorized (CodeDenied).
func (t *Tenant) SessionOf(ctx context.Context, token string) (s Session, err error) {
	if s.Principal, err = t.Authenticate(ctx, token); err != nil {
		return Session{}, err
	}
	if s.HasFactor, err = t.HasSecondFactor(ctx, s.Principal); err != nil {
		return Session{}, err
	}
	if s.Partner, err = t.PartnerOf(ctx, s.Principal.Partner); err != nil || s.Principal.RestrictedTo == 0 {
		return s, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) (err error) {
		s.Account, _, err = tx.AccountByNum(paceline.Scope{Partner: s.Principal.Partner, Account: s.Principal.RestrictedTo})
		if err != nil || s.Principal.UserID == "" {
			return err
		}
		s.Accounts, err = accountsOf(tx, s.Principal.PartnerScope(), s.Principal.UserID)
		return err
	})
	return s, err
}

// accountsOf are the active accounts of a user.
func accountsOf(tx *store.Tx, scope paceline.Scope, user paceline.ID) (list []paceline.Account, err error) {
	nums, err := tx.AccountsOfUser(scope, user, maxSessionAccounts)
	for _, num := range nums {
		a, found, failed := tx.AccountByNum(paceline.Scope{Partner: scope.Partner, Account: num})
		if failed != nil {
			return nil, failed
		}
		if found && a.State == paceline.AccountActive {
			list = append(list, a)
		}
	}
	return list, err
}

// EndSession signs its holder out. A session that is over already is no error.
func (t *Tenant) EndSession(ctx context.Context, token string) error {
	p, err := t.Authenticate(ctx, token)
	if err == nil {
		err = t.RevokeBearer(ctx, p, token)
	}
	if k := paceline.KindOf(err); err != nil && k != paceline.Unauthorized && k != paceline.NotFound {
		return err
	}
	return nil
}
