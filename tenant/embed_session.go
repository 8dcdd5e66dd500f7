package tenant

import (
	"context"
	"time"

	"paceline"
	"paceline/store"
)

// EmbedSessionLife is how long a person who came in with a sign-in link may stay.
const EmbedSessionLife = 12 * time.Hour

// BeginEmbedSession uses a sign-in token up, as UseSignInToken does, and returns the secret of a session in its account.
// Errors: Forbidden (CodeSignInToken).
func (t *Tenant) BeginEmbedSession(ctx context.Context, token string) (session string, err error) {
	session = paceline.NewSecret(32)
	hash := hashToken(session)
	until := paceline.ToMicros(t.clock.Now().Add(EmbedSessionLife))
	_, _, err = t.useSignInToken(ctx, token, func(tx *store.Tx, a paceline.Account, user paceline.User) error {
		return tx.InsertEmbedSession(a.Scope(), store.EmbedSession{Hash: hash[:], User: user.ID, ExpiresAt: until})
	})
	if err != nil {
		return "", err
	}
	return session, nil
}

// EmbedSession returns whose a session is and in which account. Errors: Forbidden (CodeEmbedSession) for one that is
// unknown or over, or whose account or user is gone.
func (t *Tenant) EmbedSession(ctx context.Context, session string) (p paceline.Principal, a paceline.Account, err error) {
	over := paceline.Fail(paceline.CodeEmbedSession)
	if session == "" {
		return p, a, over
	}
	hash := hashToken(session)
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		row, found, err := tx.EmbedSessionByHash(hash[:])
		if err != nil {
			return err
		}
		if !found || row.ExpiresAt <= paceline.ToMicros(t.clock.Now()) {
			return over
		}
		scope := paceline.Scope{Partner: row.Partner, Account: row.Account}
		var haveAccount bool
		if a, haveAccount, err = tx.AccountByNum(scope); err != nil {
			return err
		}
		user, haveUser, err := tx.UserByID(scope, row.User)
		if err != nil {
			return err
		}
		if !haveAccount || a.State != paceline.AccountActive || !haveUser || user.Console {
			return over
		}
		p = userPrincipal(user, a.Num)
		return nil
	})
	return p, a, err
}
