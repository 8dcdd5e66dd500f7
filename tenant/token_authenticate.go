package tenant

import (
	"context"
	"crypto/sha256"

	"paceline"
	"paceline/store"
)

type tokenHash [sha256.Size]byte

func hashToken(text string) tokenHash { return sha256.Sum256([]byte(text)) }

// bearerEntry is a token that was found good.
type bearerEntry struct {
	principal paceline.Principal
	clientID  string
	expires   paceline.Micros
	token     paceline.ID
	end       paceline.Micros // of a session that use keeps alive; 0 for other tokens
}

// Authenticate returns who holds a bearer token. It is on every call's path, so good tokens stay in
// memory for a few seconds; a refusal always comes from the database. Errors: Unauthorized (CodeDenied).
func (t *Tenant) Authenticate(ctx context.Context, bearer string) (paceline.Principal, error) {
	if !looksLikeToken(bearer) {
		return paceline.Principal{}, paceline.Fail(paceline.CodeDenied)
	}
	now := paceline.ToMicros(t.clock.Now())
	hash := hashToken(bearer)
	e, epoch, ok := t.tokens.get(hash)
	if !ok || e.expires <= now { // what memory takes for over may have been extended
		var err error
		if e, ok, err = t.readBearer(ctx, hash); err != nil {
			return paceline.Principal{}, err
		}
		if ok {
			t.tokens.put(hash, e, epoch)
			t.extend(ctx, e, now)
		}
	}
	if !ok || e.expires <= now {
		return paceline.Principal{}, paceline.Fail(paceline.CodeDenied)
	}
	return e.principal, nil
}

// looksLikeToken refuses what cannot be a token before it costs a read.
func looksLikeToken(text string) bool {
	if len(text) != 64 {
		return false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func (t *Tenant) readBearer(ctx context.Context, hash tokenHash) (e bearerEntry, ok bool, err error) {
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		token, found, err := tx.TokenByHash(hash[:])
		if err != nil || !found {
			return err
		}
		e = bearerEntry{clientID: token.ClientID, expires: token.ExpiresAt, token: token.ID, principal: paceline.Principal{
			Kind: paceline.ClientPrincipal, Partner: token.Partner, RestrictedTo: token.RestrictedTo, Name: token.ClientID,
		}}
		if token.ClientID == "" {
			e.principal.Name = "command line"
		}
		if token.UserID == "" {
			ok = true
			return nil
		}
		if token.ClientID == "" {
			e.end = token.IssuedAt.Add(SessionLife)
		}
		user, found, err := tx.UserByID(paceline.Scope{Partner: token.Partner}, token.UserID)
		if err != nil || !found {
			return err
		}
		e.principal, err = memberPrincipal(tx, user, token.RestrictedTo)
		e.principal.Program = token.ClientID != ""
		ok = user.Console || token.RestrictedTo != 0
		return err
	})
	return e, ok, err
}

// extend keeps a session that is in use from ending as an idle one. Where that cannot be stored it ends when it was to.
func (t *Tenant) extend(ctx context.Context, e bearerEntry, now paceline.Micros) {
	until := min(now.Add(SessionIdle), e.end)
	if e.expires <= now || until < e.expires.Add(extendEvery) && until != e.end || until <= e.expires {
		return
	}
	of := paceline.Scope{Partner: e.principal.Partner, Account: e.principal.RestrictedTo}
	if err := t.store.InTx(ctx, paceline.Scope{Partner: of.Partner}, func(tx *store.Tx) error { return tx.ExtendToken(of, e.token, until) }); err != nil {
		t.logger.Debug("a session was not extended", "error", err)
	}
}

// userPrincipal is a user as a caller; restricted is the account that it is restricted to, else 0.
func userPrincipal(u paceline.User, restricted int64) paceline.Principal {
	return paceline.Principal{
		Kind: paceline.UserPrincipal, Partner: u.Partner, RestrictedTo: restricted, Name: u.UserName, UserID: u.ID, Rights: u.Rights,
	}
}

// memberPrincipal is userPrincipal with what the user is to the account.
func memberPrincipal(tx *store.Tx, u paceline.User, restricted int64) (p paceline.Principal, err error) {
	p = userPrincipal(u, restricted)
	if restricted != 0 && !u.Console {
		p.Administrator, err = tx.Administers(paceline.Scope{Partner: u.Partner, Account: restricted}, u.ID)
	}
	if u.Console && err == nil {
		p.NeedsFactor, err = needsFactor(tx, u)
	}
	return p, err
}
