package tenant

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"paceline"
	"paceline/store"
)

// EmbedSessionLife is how long a person who came in with a sign-in link may stay.
const EmbedSessionLife = 12 * time.Hour

// BeginEmbedSession uses a sign-in token up, as UseSignInToken does, and returns the secret of a session in its account. A token
// that Embed has made admits to the page that it was made for, and to what that was told; bound says so of the session. Errors:
// Forbidden (CodeSignInToken), also for another page.
func (t *Tenant) BeginEmbedSession(ctx context.Context, token, told string) (session string, bound bool, err error) {
	mark := markIn(token, signInBytes)
	if mark != "" && mark != markOf(told) {
		return "", false, paceline.Fail(paceline.CodeSignInToken)
	}
	session = paceline.NewSecret(embedSessionBytes) + mark
	hash := hashToken(session)
	until := paceline.ToMicros(t.clock.Now().Add(EmbedSessionLife))
	_, _, err = t.useSignInToken(ctx, anyPurpose, token, func(tx *store.Tx, a paceline.Account, user paceline.User) error {
		return tx.InsertEmbedSession(a.Scope(), store.EmbedSession{Hash: hash[:], User: user.ID, ExpiresAt: until})
	})
	if err != nil {
		return "", false, err
	}
	return session, mark != "", nil
}

const embedSessionBytes = 32

// markOf is what stands at the end of a token, and then of its session, of what their page was told: who holds them cannot change it,
// since the whole text is hashed. It is no secret.
func markOf(told string) string {
	if told == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("told " + told))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// markIn is the mark at the end of a text that begins with so many random bytes; "" without one.
func markIn(text string, random int) string {
	return text[min(len(text), base64.RawURLEncoding.EncodedLen(random)):]
}

// Told writes down what a page is told that its visitors must not change: which page it is, and what may be installed on it.
func Told(page string, query url.Values) string {
	told := url.Values{"page": {strings.TrimSuffix(strings.ToLower(page), "/")}}
	for _, name := range []string{"complete", "tags", "template", "single", "add"} {
		if list, said := query[name]; said {
			told[name] = list
		}
	}
	return told.Encode()
}

// ToldTo returns what the page of a session was told; bound is false for a session of a plain sign-in link, whose page may be any.
// What is not what the session was made for counts as nothing.
func ToldTo(session, told string) (query url.Values, bound bool) {
	mark := markIn(session, embedSessionBytes)
	if mark == "" {
		return nil, false
	}
	if mark != markOf(told) {
		return url.Values{}, true
	}
	query, err := url.ParseQuery(told)
	if err != nil {
		return url.Values{}, true
	}
	return query, true
}

// PartnerNamed is whose pages a sign-in token or a session belongs to, also one that is over: who may frame a refusal. Errors:
// NotFound.
func (t *Tenant) PartnerNamed(ctx context.Context, token, session string) (paceline.Partner, error) {
	of := int64(0)
	sessionHash := hashToken(session)
	err := t.store.Read(ctx, func(tx *store.Tx) error {
		for _, purpose := range []string{anyPurpose, consentPurpose} {
			hash := hashToken(purpose + token)
			row, found, err := tx.SignInTokenByHash(hash[:])
			if err != nil || found {
				of = row.Partner
				return err
			}
		}
		visit, _, err := tx.EmbedSessionByHash(sessionHash[:])
		of = visit.Partner
		return err
	})
	if err == nil && of == 0 {
		err = paceline.Fail(paceline.CodeNotFound, "what", "Partner")
	}
	if err != nil {
		return paceline.Partner{}, err
	}
	return t.PartnerOf(ctx, of)
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
