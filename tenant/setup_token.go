package tenant

import (
	"context"
	"strings"
	"time"

	"paceline"
	"paceline/store"
)

// SetupToken lets a person connect one account connector and do nothing else. The link and the token are given to
// that person apart from each other; the text of the token is shown this once.
type SetupToken struct {
	Link      paceline.ID
	Token     string // four groups of four letters and digits, to be typed
	UserName  string
	ExpiresAt paceline.Micros
}

// SetupState is how far a set-up token has come.
type SetupState string

// The states of set-up tokens.
const (
	SetupCreated   SetupState = "Created"
	SetupOpened    SetupState = "Opened" // somebody has opened the link
	SetupUsed      SetupState = "Used"   // somebody has typed the token and has not finished
	SetupFinished  SetupState = "Finished"
	SetupExpired   SetupState = "Expired"   // not used in time
	SetupAbandoned SetupState = "Abandoned" // used, and not finished in time
	SetupLocked    SetupState = "Locked"    // too many wrong tokens were typed
)

// SetupTokenInfo is what lists show of a token.
type SetupTokenInfo struct {
	Link                                                      paceline.ID
	UserName                                                  string
	State                                                     SetupState
	CreatedAt, ExpiresAt, OpenedAt, UsedAt, FinishedAt, Until paceline.Micros
}

// SetupPath is where the pages of set-up links are.
const SetupPath = "/connectorauth/setup"

// The lives of set-up tokens.
const (
	SetupLife    = 5 * time.Minute // of a token, when the caller chooses none
	MaxSetupLife = 7 * 24 * time.Hour
	SetupSession = 12 * time.Hour // for whoever has typed the token, to finish
	setupKept    = 90 * 24 * time.Hour
	// maxWrong is how many wrong tokens a link takes: with 80 random bits none of them is guessed.
	maxWrong = 20
)

// CreateSetupToken makes a link and a token for an account connector of the account. The user is made, without a
// password, if there is none; "" is the built-in one. life is between a minute and MaxSetupLife.
// Errors: NotFound for the account connector; Forbidden for a parent's, and for a console user's name; Invalid.
func (t *Tenant) CreateSetupToken(ctx context.Context, p paceline.Principal, a paceline.Account, accountConnector int32, userName string, life time.Duration) (SetupToken, error) {
	if p.Partner != a.Partner || !p.MayAccount(a.Num) {
		return SetupToken{}, paceline.Fail(paceline.CodeAccountHeader)
	}
	if life < time.Minute || life > MaxSetupLife {
		return SetupToken{}, paceline.Fail(paceline.CodeFieldInvalid, "name", "ExpiresInMinutes", "reason", "it must be between 1 and 10080")
	}
	if userName == "" {
		userName = apiUser
	}
	now := t.clock.Now()
	out := SetupToken{Link: paceline.NewID(now), Token: paceline.NewTypedSecret(), UserName: userName, ExpiresAt: paceline.ToMicros(now.Add(life))}
	hash := hashToken(out.Token)
	newUser := paceline.NewID(now)
	// Users are the partner's: of two accounts that name a new one at once, one makes it.
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if err := tx.Lock(a.Scope()); err != nil {
			return err
		}
		ac, found, err := tx.AccountConnector(a, accountConnector)
		if err != nil {
			return err
		}
		if !found {
			return notFound("Account connector")
		}
		if ac.Account != a.Num {
			return paceline.Fail(paceline.CodeParentConnector)
		}
		user, err := t.admitUser(tx, a, userName, newUser)
		if err != nil {
			return err
		}
		row := store.SetupToken{ID: out.Link, AccountConnector: accountConnector, User: user.ID, Hash: hash[:], CreatedAt: tx.Now(), ExpiresAt: out.ExpiresAt}
		if err := tx.InsertSetupToken(a.Scope(), row, tx.Now().Add(-setupKept)); err != nil {
			return err
		}
		return audit(tx, p, a.Num, "setup_token.created", "setup_token", string(out.Link), ac.Name+" for "+user.UserName)
	})
	if err != nil {
		return SetupToken{}, err
	}
	return out, nil
}

// admitUser finds or makes a user of accounts and gives it access to the account.
func (t *Tenant) admitUser(tx *store.Tx, a paceline.Account, userName string, id paceline.ID) (paceline.User, error) {
	scope := paceline.Scope{Partner: a.Partner}
	if err := checkUserName(userName); err != nil {
		return paceline.User{}, err
	}
	user, found, err := tx.UserByName(scope, userName)
	switch {
	case err != nil:
		return user, err
	case found && user.Console:
		return user, paceline.Fail(paceline.CodeForbidden)
	case !found:
		user = paceline.User{ID: id, UserName: userName, CreatedAt: tx.Now()}
		if err := tx.InsertUser(scope, user); err != nil {
			return user, err
		}
	}
	return user, tx.Grant(a.Scope(), user.ID, tx.Now())
}

// SetupTokens lists the tokens of an account connector, the newest first, at most 100. Errors: NotFound; Forbidden
// for a parent's.
func (t *Tenant) SetupTokens(ctx context.Context, p paceline.Principal, a paceline.Account, accountConnector int32) (list []SetupTokenInfo, err error) {
	if p.Partner != a.Partner || !p.MayAccount(a.Num) {
		return nil, paceline.Fail(paceline.CodeAccountHeader)
	}
	now := paceline.ToMicros(t.clock.Now())
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list = []SetupTokenInfo{}
		ac, found, err := tx.AccountConnector(a, accountConnector)
		if err != nil {
			return err
		}
		if !found {
			return notFound("Account connector")
		}
		if ac.Account != a.Num {
			return paceline.Fail(paceline.CodeParentConnector)
		}
		rows, err := tx.SetupTokens(a.Scope(), accountConnector)
		if err != nil {
			return err
		}
		for _, row := range rows {
			user, _, err := tx.UserByID(paceline.Scope{Partner: a.Partner}, row.User)
			if err != nil {
				return err
			}
			list = append(list, SetupTokenInfo{
				Link: row.ID, UserName: user.UserName, State: setupState(row, now), CreatedAt: row.CreatedAt, ExpiresAt: row.ExpiresAt,
				OpenedAt: row.OpenedAt, UsedAt: row.UsedAt, FinishedAt: row.FinishedAt, Until: row.SessionUntil,
			})
		}
		return nil
	})
	return list, err
}

// DeleteSetupToken ends a token, and the session of whoever has used it. Errors: NotFound.
func (t *Tenant) DeleteSetupToken(ctx context.Context, p paceline.Principal, a paceline.Account, accountConnector int32, link paceline.ID) error {
	if p.Partner != a.Partner || !p.MayAccount(a.Num) {
		return paceline.Fail(paceline.CodeAccountHeader)
	}
	return t.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		deleted, err := tx.DeleteSetupToken(a.Scope(), accountConnector, link)
		if err != nil {
			return err
		}
		if !deleted {
			return notFound("Set-up token")
		}
		return audit(tx, p, a.Num, "setup_token.deleted", "setup_token", string(link), "")
	})
}

func setupState(t store.SetupToken, now paceline.Micros) SetupState {
	switch {
	case t.FinishedAt != 0:
		return SetupFinished
	case t.UsedAt != 0 && t.SessionUntil > now:
		return SetupUsed
	case t.UsedAt != 0:
		return SetupAbandoned
	case t.ExpiresAt <= now:
		return SetupExpired
	case t.Wrong >= maxWrong:
		return SetupLocked
	case t.OpenedAt != 0:
		return SetupOpened
	}
	return SetupCreated
}

// cleanToken is the form in which a typed token is compared.
func cleanToken(text string) string {
	if len(text) > 100 {
		return ""
	}
	return paceline.ReadTypedSecret(strings.TrimSpace(text))
}
