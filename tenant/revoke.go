package tenant

import (
	"context"

	"paceline"
	"paceline/store"
)

// RevokeBearers ends every access token, session, sign-in and set-up token of an account, or with the zero account of the
// partner, at once, and returns the number of access tokens. Client credentials stay: see DeleteClient.
func (t *Tenant) RevokeBearers(ctx context.Context, p paceline.Principal, a paceline.Account) (tokens int, err error) {
	if err := needPartner(p, AreaCredentials, paceline.ManageRight); err != nil {
		return 0, err
	}
	scope := paceline.Scope{Partner: p.Partner, Account: a.Num}
	err = t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		n, err := tx.EndBearers(scope)
		tokens = int(n)
		if err != nil {
			return err
		}
		return audit(tx, p, a.Num, "tokens.revoked", "account", a.APIID, "")
	})
	if err == nil {
		t.tokens.forgetIf(func(_ tokenHash, e bearerEntry) bool { return e.principal.Partner == p.Partner })
	}
	return tokens, err
}
