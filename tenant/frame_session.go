package tenant

import (
	"context"

	"paceline"
	"paceline/store"
)

// BeginFrameSession uses a sign-in token up and signs its user in to the account interface, which stands in a frame of the partner's
// pages. Errors: Forbidden for a token that UseSignInToken refuses or that was made for another page, and where the partner has not
// allowed it; then it is not used up.
func (t *Tenant) BeginFrameSession(ctx context.Context, text string) (s Session, err error) {
	refused := paceline.Fail(paceline.CodeSignInToken)
	if markIn(text, signInBytes) != "" {
		return s, refused
	}
	token, row := t.newToken("", 0, false)
	row.ExpiresAt, row.keepUntil = row.IssuedAt.Add(SessionIdle), row.IssuedAt.Add(SessionLife)
	_, s.Account, err = t.useSignInToken(ctx, anyPurpose, text, func(tx *store.Tx, a paceline.Account, user paceline.User) error {
		var found bool
		if s.Partner, found, err = tx.Partner(a.Scope()); err != nil {
			return err
		}
		if !found || !s.Partner.Settings.AccountInFrames {
			return refused
		}
		row.UserID, row.RestrictedTo = user.ID, a.Num
		if s.Principal, err = memberPrincipal(tx, user, a.Num); err != nil {
			return err
		}
		return insertToken(tx, a.Partner, row)
	})
	if err != nil {
		return Session{}, err
	}
	s.Token, s.ExpiresAt, s.Left = token.AccessToken, row.ExpiresAt, SessionLife
	return s, nil
}
