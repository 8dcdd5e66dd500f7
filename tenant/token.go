package tenant

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"paceline"
	"paceline/store"
)

// Lifetimes of tokens. An access token lives for 14 days less a second, as callers expect it, unless its client says less.
const (
	tokenLife   = 1_209_599 * time.Second
	refreshLife = 60 * 24 * time.Hour
)

// TokenRequest is what a caller of the token endpoint sends.
type TokenRequest struct {
	GrantType, ClientID, ClientSecret, Scope string
	UserName, Password                       string // grant_type=password
	RefreshToken                             string // grant_type=refresh_token
	ByGet                                    bool   // sent with GET, which Compatibility.TokenByGet must allow
	Address                                  string // of the caller; "" for the server's own
}

// Token is a new bearer token. Its text is shown this once: only its SHA-256 is kept.
type Token struct {
	AccessToken  string // 64 lower-case hex digits
	ExpiresIn    int64  // seconds
	ClientID     string
	IssuedAt     paceline.Micros
	ExpiresAt    paceline.Micros
	RefreshToken string // password and refresh grants only
	UserName     string // password and refresh grants only
}

// OAuthError is a refusal in the words of RFC 6749.
type OAuthError struct {
	Code        string // invalid_client, invalid_grant, invalid_request, invalid_scope, unsupported_grant_type
	Description string
}

// Error returns code and description.
func (e *OAuthError) Error() string { return e.Code + ": " + e.Description }

func refuse(code, description string) error { return &OAuthError{Code: code, Description: description} }

// IssueToken answers the token endpoint. Errors: *OAuthError; Throttled after many wrong passwords.
func (t *Tenant) IssueToken(ctx context.Context, r TokenRequest) (Token, error) {
	if r.GrantType == "" {
		return Token{}, refuse("invalid_request", "grant_type is missing.")
	}
	if r.ClientID == "" {
		return Token{}, refuse("invalid_client", "client_id is missing.")
	}
	client, partner, err := t.client(ctx, r.ClientID)
	if err != nil {
		return Token{}, err
	}
	if client.ID == "" {
		return Token{}, refuse("invalid_client", "The client is unknown or its secret is wrong.")
	}
	if err := admit(partner.Settings.AllowedIPs, r.Address); err != nil {
		return Token{}, err
	}
	if r.ByGet && !partner.Settings.Compatibility.TokenByGet {
		return Token{}, refuse("invalid_request", "The token endpoint is called with POST.")
	}
	legacy := partner.Settings.Compatibility.LegacyPasswordGrant
	switch {
	case r.GrantType == "client_credentials":
		return t.clientGrant(ctx, r, client)
	case r.GrantType == "password" && legacy:
		return t.passwordGrant(ctx, r, client)
	case r.GrantType == "refresh_token" && legacy:
		return t.refreshGrant(ctx, r, client)
	}
	return Token{}, refuse("unsupported_grant_type", "This grant_type is not supported here.")
}

// client finds credentials by client id; without any, client.ID is empty.
func (t *Tenant) client(ctx context.Context, clientID string) (client paceline.APIClient, partner paceline.Partner, err error) {
	if checkText("client_id", clientID, maxID) != nil {
		return client, partner, nil
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		if client, found, err = tx.ClientByClientID(clientID); err != nil || !found {
			client = paceline.APIClient{}
			return err
		}
		partner, _, err = tx.Partner(paceline.Scope{Partner: client.Partner})
		return err
	})
	return client, partner, err
}

// clientGrant is grant_type=client_credentials.
func (t *Tenant) clientGrant(ctx context.Context, r TokenRequest, client paceline.APIClient) (Token, error) {
	sum := sha256.Sum256([]byte(r.ClientSecret))
	if subtle.ConstantTimeCompare(sum[:], client.SecretHash) != 1 {
		return Token{}, refuse("invalid_client", "The client is unknown or its secret is wrong.")
	}
	account, err := scopeAccount(r.Scope)
	if err != nil {
		return Token{}, err
	}
	token, row := t.newToken(client.ClientID, lifeOf(client), false)
	err = t.store.InTx(ctx, paceline.Scope{Partner: client.Partner}, func(tx *store.Tx) error {
		// The credentials may have been deleted since they were read, and their tokens with them.
		if _, found, err := tx.ClientByClientID(client.ClientID); err != nil {
			return err
		} else if !found {
			return refuse("invalid_client", "The client is unknown or its secret is wrong.")
		}
		if account != "" {
			a, err := activeAccount(tx, client.Partner, account)
			if err != nil {
				return err
			}
			row.RestrictedTo = a.Num
		}
		return insertToken(tx, client.Partner, row)
	})
	if err != nil {
		return Token{}, err
	}
	return token, nil
}

func lifeOf(client paceline.APIClient) time.Duration {
	return time.Duration(client.TokenLife) * time.Second
}

// scopeAccount reads "account:{API id}"; an empty scope restricts nothing.
func scopeAccount(scope string) (string, error) {
	scope = strings.TrimSpace(scope)
	if scope == "" {
		return "", nil
	}
	account, found := strings.CutPrefix(scope, "account:")
	if !found || strings.TrimSpace(account) == "" {
		return "", refuse("invalid_scope", "The scope is empty or account:{account id}.")
	}
	return account, nil
}

// activeAccount finds the account that a token is to be restricted to.
func activeAccount(tx *store.Tx, partner int64, id string) (paceline.Account, error) {
	a, found, err := findAccount(tx, paceline.Scope{Partner: partner}, id)
	if err == nil && (!found || a.State != paceline.AccountActive) {
		err = refuse("invalid_scope", "The account is unknown.")
	}
	return a, err
}

// tokenRow is what the store keeps of a token.
type tokenRow struct {
	paceline.AccessToken
	refreshHash []byte
	keepUntil   paceline.Micros
}

// newToken makes a token that lasts for life, 0 for as long as any may.
func (t *Tenant) newToken(clientID string, life time.Duration, refreshable bool) (Token, tokenRow) {
	now := t.clock.Now()
	if life == 0 {
		life = tokenLife
	}
	token := Token{
		AccessToken: paceline.NewHexSecret(32), ExpiresIn: int64(life / time.Second), ClientID: clientID,
		IssuedAt: paceline.ToMicros(now), ExpiresAt: paceline.ToMicros(now.Add(life)),
	}
	hash := hashToken(token.AccessToken)
	row := tokenRow{AccessToken: paceline.AccessToken{
		ID: paceline.NewID(now), Hash: hash[:], ClientID: clientID, IssuedAt: token.IssuedAt, ExpiresAt: token.ExpiresAt,
	}, keepUntil: token.ExpiresAt}
	if refreshable {
		token.RefreshToken = paceline.NewHexSecret(32)
		refresh := hashToken(token.RefreshToken)
		row.refreshHash, row.keepUntil = refresh[:], token.IssuedAt.Add(refreshLife)
	}
	return token, row
}

func insertToken(tx *store.Tx, partner int64, row tokenRow) error {
	scope := paceline.Scope{Partner: partner}
	if err := tx.SweepTokens(scope, tx.Now()); err != nil {
		return err
	}
	return tx.InsertToken(scope, row.AccessToken, row.refreshHash, row.keepUntil)
}

// GrantToken issues a token without client credentials, for the command line: restricted to the account
// if one is named. Errors: NotFound.
func (t *Tenant) GrantToken(ctx context.Context, p paceline.Principal, account string) (Token, error) {
	if p.Kind != paceline.SystemPrincipal {
		return Token{}, paceline.Fail(paceline.CodeForbidden)
	}
	token, row := t.newToken("", 0, false)
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		restricted := int64(0)
		if account != "" {
			a, err := mustFindAccount(tx, p.PartnerScope(), account)
			if err != nil {
				return err
			}
			restricted = a.Num
		}
		row.RestrictedTo = restricted
		if err := insertToken(tx, p.Partner, row); err != nil {
			return err
		}
		return audit(tx, p, restricted, "token.issued", "token", string(row.ID), "")
	})
	if err != nil {
		return Token{}, err
	}
	return token, nil
}

// Tokens lists the partner's tokens that have not expired, the newest first, without their texts.
func (t *Tenant) Tokens(ctx context.Context, p paceline.Principal, page paceline.Page) (list paceline.List[store.TokenEntry], err error) {
	if err := needPartner(p, AreaCredentials, paceline.ViewRight); err != nil {
		return list, err
	}
	now := paceline.ToMicros(t.clock.Now())
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.Tokens(p.PartnerScope(), now, page)
		return err
	})
	return list, err
}

// RevokeToken ends a token at once, by the id that its list shows. Errors: NotFound.
func (t *Tenant) RevokeToken(ctx context.Context, p paceline.Principal, id paceline.ID) error {
	if err := needPartner(p, AreaCredentials, paceline.ManageRight); err != nil {
		return err
	}
	return t.revoke(ctx, p, func(tx *store.Tx) (paceline.AccessToken, bool, error) {
		return tx.TokenByID(p.PartnerScope(), id)
	})
}

// RevokeBearer ends the token with this text, which its holder may always do. Errors: NotFound.
func (t *Tenant) RevokeBearer(ctx context.Context, p paceline.Principal, bearer string) error {
	if p.Kind == paceline.NobodyPrincipal {
		return paceline.Fail(paceline.CodeDenied)
	}
	hash := hashToken(bearer)
	return t.revoke(ctx, p, func(tx *store.Tx) (paceline.AccessToken, bool, error) {
		token, found, err := tx.TokenByHash(hash[:])
		return token, found && token.Partner == p.Partner, err
	})
}

func (t *Tenant) revoke(ctx context.Context, p paceline.Principal, find func(*store.Tx) (paceline.AccessToken, bool, error)) error {
	var gone paceline.AccessToken
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		var found bool
		var err error
		if gone, found, err = find(tx); err != nil {
			return err
		}
		if !found {
			return notFound("Token")
		}
		if _, err := tx.DeleteToken(p.PartnerScope(), gone.ID); err != nil {
			return err
		}
		return audit(tx, p, gone.RestrictedTo, "token.revoked", "token", string(gone.ID), gone.ClientID)
	})
	if err != nil {
		return err
	}
	t.tokens.forget(tokenHash(gone.Hash))
	return nil
}

// isRefusal reports an error that the token endpoint shows.
func isRefusal(err error) bool {
	_, ok := errors.AsType[*OAuthError](err)
	return ok
}
