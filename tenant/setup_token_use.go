package tenant

import (
	"context"
	"crypto/subtle"
	"errors"

	"paceline"
	"paceline/store"
)

// Setup is what the holder of a session may do: connect AccountConnector, as Principal, until Until.
type Setup struct {
	Link             paceline.ID
	Principal        paceline.Principal
	Account          paceline.Account
	AccountConnector int32
	Until            paceline.Micros
}

// OpenSetupLink notes that somebody has opened a link. Errors, all Forbidden: CodeSetupLink for one that is not known,
// CodeSetupExpired, CodeSetupUsed, CodeSetupLocked.
func (t *Tenant) OpenSetupLink(ctx context.Context, link paceline.ID) error {
	row, err := t.setupLink(ctx, link)
	if err != nil {
		return err
	}
	if err := t.usable(row); err != nil || row.OpenedAt != 0 {
		return err
	}
	_, err = t.changeSetup(ctx, row, func(tx *store.Tx, row *store.SetupToken) error {
		row.OpenedAt = tx.Now()
		return nil
	})
	return err
}

// SetupPartner returns the number of the partner whose link it is, 0 for a link that is none: its page looks like the partner's
// also before anybody has typed a token, and tells nothing else.
func (t *Tenant) SetupPartner(ctx context.Context, link paceline.ID) (partner int64, err error) {
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		row, _, err := tx.SetupTokenByLink(link)
		partner = row.Partner
		return err
	})
	return partner, err
}

// UseSetupToken admits the one who types the token of a link, once, and returns the secret of a session that lasts
// until the connector is connected, for twelve hours at most. Errors, all Forbidden: those of OpenSetupLink, and
// CodeSetupMistyped.
func (t *Tenant) UseSetupToken(ctx context.Context, link paceline.ID, typed string) (session string, err error) {
	row, err := t.setupLink(ctx, link)
	if err != nil {
		return "", err
	}
	hash := hashToken(cleanToken(typed))
	session = paceline.NewSecret(32)
	sessionHash := hashToken(session)
	mistyped := false
	_, err = t.changeSetup(ctx, row, func(tx *store.Tx, row *store.SetupToken) error {
		if err := t.usable(*row); err != nil {
			return err
		}
		if mistyped = subtle.ConstantTimeCompare(hash[:], row.Hash) != 1; mistyped {
			row.Wrong++
			return nil
		}
		row.UsedAt, row.Session, row.SessionUntil = tx.Now(), sessionHash[:], tx.Now().Add(SetupSession)
		if row.OpenedAt == 0 {
			row.OpenedAt = tx.Now()
		}
		user, _, err := tx.UserByID(paceline.Scope{Partner: row.Partner}, row.User)
		if err != nil {
			return err
		}
		return audit(tx, paceline.Principal{Partner: row.Partner, Name: user.UserName}, row.Account, "setup_token.used", "setup_token", string(row.ID), "")
	})
	if err == nil && mistyped {
		err = paceline.Fail(paceline.CodeSetupMistyped)
	}
	if err != nil {
		return "", err
	}
	return session, nil
}

// SetupOf returns what the holder of a session may do. Errors, all Forbidden: CodeSetupLink, CodeSetupSession for a
// session that is not the link's, is over, or whose account, user or connector is gone.
func (t *Tenant) SetupOf(ctx context.Context, link paceline.ID, session string) (s Setup, err error) {
	row, err := t.setupLink(ctx, link)
	if err != nil {
		return s, err
	}
	over := paceline.Fail(paceline.CodeSetupSession)
	if !inSession(row, session) || row.SessionUntil <= paceline.ToMicros(t.clock.Now()) {
		return s, over
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		scope := paceline.Scope{Partner: row.Partner, Account: row.Account}
		a, haveAccount, err := tx.AccountByNum(scope)
		if err != nil {
			return err
		}
		user, haveUser, err := tx.UserByID(scope, row.User)
		if err != nil {
			return err
		}
		if !haveAccount || !haveUser || a.State != paceline.AccountActive || user.Console {
			return over
		}
		if ac, found, err := tx.AccountConnector(a, row.AccountConnector); err != nil {
			return err
		} else if !found || ac.Account != a.Num {
			return over
		}
		s = Setup{Link: row.ID, Principal: userPrincipal(user, a.Num), Account: a, AccountConnector: row.AccountConnector, Until: row.SessionUntil}
		return nil
	})
	return s, err
}

// FinishSetup ends a session because its connector is connected. Errors as of SetupOf.
func (t *Tenant) FinishSetup(ctx context.Context, link paceline.ID, session string) error {
	row, err := t.setupLink(ctx, link)
	if err != nil {
		return err
	}
	_, err = t.changeSetup(ctx, row, func(tx *store.Tx, row *store.SetupToken) error {
		if !inSession(*row, session) {
			return paceline.Fail(paceline.CodeSetupSession)
		}
		row.FinishedAt, row.Session = tx.Now(), nil
		return nil
	})
	return err
}

func inSession(row store.SetupToken, session string) bool {
	hash := hashToken(session)
	return len(row.Session) > 0 && session != "" && subtle.ConstantTimeCompare(hash[:], row.Session) == 1
}

// usable says why the token of a link cannot be used any more.
func (t *Tenant) usable(row store.SetupToken) error {
	switch {
	case row.UsedAt != 0:
		return paceline.Fail(paceline.CodeSetupUsed)
	case row.ExpiresAt <= paceline.ToMicros(t.clock.Now()):
		return paceline.Fail(paceline.CodeSetupExpired)
	case row.Wrong >= maxWrong:
		return paceline.Fail(paceline.CodeSetupLocked)
	}
	return nil
}

func (t *Tenant) setupLink(ctx context.Context, link paceline.ID) (row store.SetupToken, err error) {
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		if row, found, err = tx.SetupTokenByLink(link); err != nil {
			return err
		}
		if !found {
			return paceline.Fail(paceline.CodeSetupLink)
		}
		return nil
	})
	return row, err
}

// errUsedMeanwhile says that somebody else has used the token between the reading and the writing of its row.
var errUsedMeanwhile = errors.New("the token was used meanwhile")

// changeSetup reads the row again within a transaction of its account, in which one after another has its turn, and
// stores what change makes of it.
func (t *Tenant) changeSetup(ctx context.Context, row store.SetupToken, change func(*store.Tx, *store.SetupToken) error) (store.SetupToken, error) {
	scope := paceline.Scope{Partner: row.Partner, Account: row.Account}
	err := t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		now, found, err := tx.SetupTokenByLink(row.ID)
		if err != nil {
			return err
		}
		if !found {
			return paceline.Fail(paceline.CodeSetupLink)
		}
		unused := now.UsedAt == 0
		if err := change(tx, &now); err != nil {
			return err
		}
		stored, err := tx.UpdateSetupToken(now, unused)
		if err == nil && !stored {
			return errUsedMeanwhile
		}
		row = now
		return err
	})
	if errors.Is(err, errUsedMeanwhile) {
		err = paceline.Fail(paceline.CodeSetupUsed)
	}
	return row, err
}
