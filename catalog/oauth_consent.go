package catalog

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/store"
)

// consentLife is how long a person may take at the vendor.
const consentLife = 10 * time.Minute

// Consent is what a person is sent to a vendor for, and where the person goes afterwards.
type Consent struct {
	Partner  int64  // set by FinishConsent
	Redirect string // the address to which the vendor sends the person back
	Target   string // where the person goes in the end
	Message  string // is posted to the window at Target instead, unless ""
	// Setup is the set-up link from whose page the person went to the vendor, "" for none.
	Setup paceline.ID
}

// keptConsent is what the store keeps of one, sealed.
type keptConsent struct {
	Consent
	Verifier string // of PKCE; of OAuth 1 the secret of the request token
	Actor    string
}

// ConsentAnswer is what the vendor sent a person back with.
type ConsentAnswer struct {
	Code, Issuer       string // of OAuth 1 the verifier stands for the code
	Error, Description string
	Query              url.Values // all of it, for what the definition captures
	// Admit may still refuse the person, before anything is connected; nil admits everybody.
	Admit func(Consent) error
}

// VendorError is a refusal of the vendor, in its own words, which need escaping.
type VendorError struct{ Code, Description string }

// Error returns both.
func (e *VendorError) Error() string { return "the vendor refused: " + e.Code + " " + e.Description }

// BeginConsent returns the vendor's address to which a person is sent, and the state that comes back from
// there: once, within ten minutes, and from the browser that has session. For an account connector that
// needs nobody's consent the address is "", and it is authenticated already. Errors: NotFound; Forbidden for
// the parent's; Invalid for another way of authentication; a *connector.Error.
func (r *Room) BeginConsent(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, session string, c Consent) (address, state string, err error) {
	ac, rel, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return "", "", err
	}
	if rel == nil {
		return "", "", notFound("Connector")
	}
	auth := authOf(rel, ac.Authentication)
	if !auth.OAuth2() && !auth.Interactive() || r.vendors == nil {
		return "", "", invalid("id", "nobody consents to the connector's authentication at its vendor")
	}
	if !auth.Interactive() {
		return "", "", r.obtainFirst(ctx, p, a, ac)
	}
	inst, err := r.instanceOf(ctx, a, ac)
	if err != nil {
		return "", "", err
	}
	kept := keptConsent{Consent: c, Actor: p.Name}
	if auth.OAuth2() {
		if inst.Scopes, err = r.scopes(ctx, a, ac, inst); err != nil {
			return "", "", err
		}
		state, kept.Verifier = paceline.NewSecret(32), paceline.NewSecret(32)
		address, err = r.vendors.AuthorizeURL(ctx, inst, state, kept.Verifier, c.Redirect)
	} else { // what comes back is the vendor's request token
		address, state, kept.Verifier, err = r.vendors.RequestToken(ctx, inst, c.Redirect)
	}
	if err != nil {
		return "", "", err
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return "", "", err
	}
	stateHash, sessionHash := sha256.Sum256([]byte(state)), sha256.Sum256([]byte(session))
	sealed, err := r.seal(ctx, ac, sealedConsent, string(stateHash[:]), string(text))
	if err != nil {
		return "", "", err
	}
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		return tx.InsertOAuthState(a.Scope(), store.OAuthState{
			Hash: stateHash[:], SessionHash: sessionHash[:], AccountConnector: id, Sealed: sealed,
			ExpiresAt: paceline.ToMicros(r.clock.Now().Add(consentLife)),
		})
	})
	return address, state, err
}

const sealedConsent = "consent"

// obtainFirst authenticates an account connector that needs nobody's consent.
func (r *Room) obtainFirst(ctx context.Context, p paceline.Principal, a paceline.Account, ac paceline.AccountConnector) error {
	with := ac
	if len(ac.AuthSealed) == 0 {
		var err error
		if with.AuthSealed, err = r.seal(ctx, ac, sealedAuth, "", "{}"); err != nil {
			return err
		}
	}
	inst, err := r.instanceOf(ctx, a, with)
	if err != nil {
		return err
	}
	grant, err := r.vendors.Obtain(ctx, inst)
	if err != nil {
		return err
	}
	return r.setGrant(ctx, p, a, ac, inst, grant.Text())
}

// FinishConsent takes what a vendor sent a person back with, and authenticates the account connector. The
// Consent says where the person goes, also with a *VendorError. Errors: Forbidden for a state that is
// unknown, used, expired, or of another browser, all alike; a *VendorError; a *connector.Error.
func (r *Room) FinishConsent(ctx context.Context, state, session string, answer ConsentAnswer) (Consent, error) {
	s, err := r.useState(ctx, state, session)
	if err != nil {
		return Consent{}, err
	}
	scope := paceline.Scope{Partner: s.Partner, Account: s.Account}
	a, ac, err := r.reread(ctx, scope, s.AccountConnector)
	if err != nil {
		return Consent{}, err
	}
	text, err := r.open(ctx, ac, sealedConsent, string(s.Hash), s.Sealed)
	if err != nil {
		return Consent{}, err
	}
	var kept keptConsent
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return Consent{}, fmt.Errorf("read a consent: %w", err)
	}
	kept.Partner = s.Partner
	if answer.Admit != nil {
		if err := answer.Admit(kept.Consent); err != nil {
			return kept.Consent, err
		}
	}
	if answer.Error != "" {
		return kept.Consent, &VendorError{answer.Error, answer.Description}
	}
	inst, err := r.instanceOf(ctx, a, ac)
	if err != nil {
		return kept.Consent, err
	}
	value, err := r.exchange(ctx, inst, state, kept, answer)
	if err != nil {
		return kept.Consent, err
	}
	p := paceline.SystemPrincipalOf(s.Partner)
	p.Name = kept.Actor
	return kept.Consent, r.setGrant(ctx, p, a, ac, inst, value)
}

// exchange returns the AuthValue that the vendor gives for what a person was sent back with.
func (r *Room) exchange(ctx context.Context, inst *connector.Instance, state string, kept keptConsent, answer ConsentAnswer) (string, error) {
	switch {
	case answer.Code == "":
		return "", paceline.Fail(paceline.CodeConsent)
	case !inst.Auth.OAuth2():
		return r.vendors.AccessToken(ctx, inst, state, kept.Verifier, answer.Code)
	case !inst.IssuedBy(answer.Issuer):
		return "", paceline.Fail(paceline.CodeConsent)
	}
	grant, err := r.vendors.ExchangeCode(ctx, inst, answer.Code, kept.Verifier, kept.Redirect)
	if err != nil {
		return "", err
	}
	return inst.CaptureRedirect(grant, answer.Query).Text(), nil
}

// useState ends a state that came back from the browser that began it.
func (r *Room) useState(ctx context.Context, state, session string) (s store.OAuthState, err error) {
	refused := paceline.Fail(paceline.CodeConsent)
	hash, sessionHash := sha256.Sum256([]byte(state)), sha256.Sum256([]byte(session))
	found := false
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		s, found, err = tx.OAuthStateByHash(hash[:])
		return err
	})
	if err != nil {
		return s, err
	}
	if !found || s.ExpiresAt <= paceline.ToMicros(r.clock.Now()) || subtle.ConstantTimeCompare(s.SessionHash, sessionHash[:]) != 1 || r.vendors == nil {
		return s, refused
	}
	scope := paceline.Scope{Partner: s.Partner, Account: s.Account}
	err = r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		used, err := tx.UseOAuthState(scope, hash[:])
		if err == nil && !used {
			return refused
		}
		return err
	})
	return s, err
}

// setGrant makes what a vendor gave the credential of an account connector whose authentication has not been changed
// meanwhile. inst is the account connector with what it had before. One that is not kept is revoked, unless there is a
// credential already: at many vendors both belong to one authorization of the person.
func (r *Room) setGrant(ctx context.Context, p paceline.Principal, a paceline.Account, ac paceline.AccountConnector, inst *connector.Instance, value string) error {
	sealed, err := r.seal(ctx, ac, sealedAuth, "", value)
	if err != nil {
		return err
	}
	err = r.takeGrant(ctx, p, a, ac, sealed)
	_, refused := errors.AsType[*connector.Error](err)
	if err != nil && (refused || !mayStoreYet(err)) && len(ac.AuthSealed) == 0 { // it is certain that it is not stored
		if failed := r.revokeUnkept(context.WithoutCancel(ctx), ac, inst, value, sealed); failed != nil {
			r.log.Warn("a token that was not kept is left at the vendor", "account connector", ac.ID, "error", failed)
		}
	}
	return err
}

// takeGrant proves and stores a sealed grant.
func (r *Room) takeGrant(ctx context.Context, p paceline.Principal, a paceline.Account, ac paceline.AccountConnector, sealed []byte) error {
	with := ac
	with.AuthSealed = sealed
	rel, err := r.releaseOf(ctx, ac)
	if err != nil {
		return err
	}
	with.Authenticated = true
	found, err := r.prove(ctx, a, rel, &with)
	if err != nil {
		return err
	}
	keys, err := r.routes(ctx, a, with, rel)
	if err != nil {
		return err
	}
	return r.changeOwn(ctx, a, ac.ID, func(tx *store.Tx, now *paceline.AccountConnector) error {
		if now.Authentication != ac.Authentication || now.Release != ac.Release {
			return paceline.Fail(paceline.CodeConsent)
		}
		now.AuthSealed, now.Authenticated, now.SignedInAt = with.AuthSealed, true, tx.Now()
		if err := putProperties(tx, a, ac.ID, found); err != nil {
			return err
		}
		if changed, _, err := tx.AccountConnector(a, ac.ID); err != nil {
			return err
		} else {
			now.Version = changed.Version
		}
		if err := setRoutes(tx, *now, rel, keys); err != nil {
			return err
		}
		if err := armRefresh(tx, *now, rel); err != nil {
			return err
		}
		return audit(tx, p, a.Scope(), "account_connector.authenticated", "account_connector", idText(ac.ID), now.Name)
	})
}

var _ connector.Renewer = (*Room)(nil)
