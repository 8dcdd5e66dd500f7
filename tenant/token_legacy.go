package tenant

import (
	"cmp"
	"context"

	"paceline"
	"paceline/store"
)

// passwordGrant is grant_type=password, behind Compatibility.LegacyPasswordGrant. A console user gets a
// token of the partner, an account user one of the account. The account stands in client_secret, as
// older callers send it; an account user of only one account may leave it out.
func (t *Tenant) passwordGrant(ctx context.Context, r TokenRequest, client paceline.APIClient) (Token, error) {
	user, err := t.checkPassword(ctx, client.Partner, r.UserName, r.Password, r.Address, anybody)
	if paceline.CodeOf(err) == paceline.CodeDenied {
		return Token{}, refuse("invalid_grant", "The user name or password is incorrect.")
	}
	if err != nil {
		return Token{}, err
	}
	token, row := t.newToken(client.ClientID, lifeOf(client), true)
	token.UserName, row.UserID = user.UserName, user.ID
	err = t.store.InTx(ctx, paceline.Scope{Partner: client.Partner}, func(tx *store.Tx) error {
		// Rights may have been taken away while the password was checked.
		user, found, err := tx.UserByID(paceline.Scope{Partner: client.Partner}, user.ID)
		if err != nil {
			return err
		}
		if !found {
			return refuse("invalid_grant", "The user name or password is incorrect.")
		}
		if factor, _, err := tx.SecondFactor(paceline.Scope{Partner: client.Partner}, user.ID); err != nil || factor.Confirmed {
			return cmp.Or(err, refuse("invalid_grant", "The user name or password is incorrect.")) // a password alone is not enough
		}
		if row.RestrictedTo, err = restrictUser(tx, user, r.ClientSecret, 0); err != nil {
			return err
		}
		return insertToken(tx, client.Partner, row)
	})
	if err != nil {
		return Token{}, err
	}
	return token, nil
}

// refreshGrant is grant_type=refresh_token: it replaces an access token and its refresh token, expired
// or not.
func (t *Tenant) refreshGrant(ctx context.Context, r TokenRequest, client paceline.APIClient) (Token, error) {
	refused := refuse("invalid_grant", "The refresh token is unknown or was used.")
	if !looksLikeToken(r.RefreshToken) {
		return Token{}, refused
	}
	scope := paceline.Scope{Partner: client.Partner}
	hash := hashToken(r.RefreshToken)
	token, row := t.newToken(client.ClientID, lifeOf(client), true)
	var old paceline.AccessToken
	err := t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		var found bool
		var err error
		if old, found, err = tx.TokenByRefresh(scope, hash[:], tx.Now()); err != nil {
			return err
		}
		if !found || old.ClientID != client.ClientID {
			return refused
		}
		user, found, err := tx.UserByID(scope, old.UserID)
		if err != nil {
			return err
		}
		if !found {
			return refused
		}
		token.UserName, row.UserID = user.UserName, user.ID
		if row.RestrictedTo, err = restrictUser(tx, user, r.ClientSecret, old.RestrictedTo); err != nil {
			return err
		}
		if _, err := tx.DeleteToken(scope, old.ID); err != nil {
			return err
		}
		return insertToken(tx, client.Partner, row)
	})
	if err != nil {
		return Token{}, err
	}
	t.tokens.forget(tokenHash(old.Hash))
	return token, nil
}

// restrictUser returns the number of the account that a user's token is restricted to, 0 for none. named
// is the account that the caller names, was the restriction of the token that is being replaced: a
// restriction is never lifted or changed.
func restrictUser(tx *store.Tx, user paceline.User, named string, was int64) (int64, error) {
	scope := paceline.Scope{Partner: user.Partner}
	only := was
	if named != "" {
		a, err := activeAccount(tx, user.Partner, named)
		if isRefusal(err) || err == nil && was != 0 && a.Num != was {
			return 0, refuse("invalid_grant", "The user has no access to this account.")
		}
		if err != nil {
			return 0, err
		}
		only = a.Num
	}
	if user.Console {
		return only, nil
	}
	accounts, err := tx.AccountsOfUser(scope, user.ID, maxAccountsOfUser)
	if err != nil {
		return 0, err
	}
	if only == 0 && len(accounts) == 1 {
		return accounts[0], nil
	}
	for _, num := range accounts {
		if num == only {
			return only, nil
		}
	}
	return 0, refuse("invalid_grant", "The user has no access to this account, or to several and none was named.")
}

// maxAccountsOfUser bounds the accounts of one user that are read at once.
const maxAccountsOfUser = 10_000
