package tenant

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
)

// NewFactor is what a person scans with an authenticator app, shown until it is confirmed.
type NewFactor struct {
	Secret string // to be typed where nothing can be scanned
	Key    *otp.Key
}

// factor is what is stored of a user's second factor.
type factor struct {
	Secret   string
	LastStep int64    // of the last code that was taken: none works twice
	Recovery []string // SHA-256 of the codes that are left
}

const (
	factorField    = seal.FieldFactor
	recoveryCodes  = 10
	stepSeconds    = 30
	throttledCodes = "\x00code/" // before the folded user name: wrong codes are counted apart from wrong passwords
)

// HasSecondFactor reports whether the caller signs in with a code, too.
func (t *Tenant) HasSecondFactor(ctx context.Context, p paceline.Principal) (has bool, err error) {
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		f, _, err := tx.SecondFactor(p.PartnerScope(), p.UserID)
		has = f.Confirmed
		return err
	})
	return has, err
}

// needsFactor reports whether a console user has no second factor although the partner asks for one.
func needsFactor(tx *store.Tx, u paceline.User) (bool, error) {
	scope := paceline.Scope{Partner: u.Partner}
	partner, _, err := tx.Partner(scope)
	if err != nil || !partner.Settings.RequireSecondFactor {
		return false, err
	}
	f, _, err := tx.SecondFactor(scope, u.ID)
	return !f.Confirmed, err
}

// BeginSecondFactor makes a secret for the caller's authenticator app. It counts once a code of it is confirmed. Errors:
// Forbidden for who is no person; Invalid where there is one already.
func (t *Tenant) BeginSecondFactor(ctx context.Context, p paceline.Principal) (made NewFactor, err error) {
	if p.Kind != paceline.UserPrincipal || p.UserID == "" {
		return made, paceline.Fail(paceline.CodeForbidden)
	}
	partner, err := t.PartnerOf(ctx, p.Partner)
	if err != nil {
		return made, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: partner.Name, AccountName: p.Name})
	if err != nil {
		return made, err
	}
	sealer, err := t.PartnerKeyOf(ctx, p.Partner)
	if err != nil {
		return made, err
	}
	err = t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		now, _, err := tx.SecondFactor(p.PartnerScope(), p.UserID)
		if err != nil {
			return err
		}
		if now.Confirmed {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "SecondFactor", "reason", "there is one already")
		}
		return putFactor(tx, sealer, p, factor{Secret: key.Secret()}, false)
	})
	return NewFactor{Secret: key.Secret(), Key: key}, err
}

// ConfirmSecondFactor takes the first code of the caller's app, from when on each sign-in needs one. It returns codes for the day
// on which the app is lost, each good for one sign-in. Errors: Invalid for a wrong code; Throttled.
func (t *Tenant) ConfirmSecondFactor(ctx context.Context, p paceline.Principal, code string) (recovery []string, err error) {
	hashes := make([]string, 0, recoveryCodes)
	for range recoveryCodes {
		text := paceline.NewHexSecret(5)
		recovery = append(recovery, text[:5]+"-"+text[5:])
		hashes = append(hashes, recoveryHash(text))
	}
	err = t.withFactor(ctx, p, code, false, func(tx *store.Tx, sealer *seal.Key, f factor) error {
		f.Recovery = hashes
		if err := putFactor(tx, sealer, p, f, true); err != nil {
			return err
		}
		return audit(tx, p, 0, "user.second_factor_set", "user", p.Name, "")
	})
	if err != nil {
		return nil, err
	}
	t.forgetUsers(p.Partner)
	return recovery, nil
}

// RemoveSecondFactor ends it, with a code of the app or one of those for its loss. Errors: Invalid for a wrong code, and
// where the partner asks for a second factor; Throttled.
func (t *Tenant) RemoveSecondFactor(ctx context.Context, p paceline.Principal, code string) error {
	partner, err := t.PartnerOf(ctx, p.Partner)
	if err != nil {
		return err
	}
	if partner.Settings.RequireSecondFactor && p.RestrictedTo == 0 {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "SecondFactor", "reason", "everybody who uses the console needs one")
	}
	return t.withFactor(ctx, p, code, true, func(tx *store.Tx, _ *seal.Key, _ factor) error {
		if err := tx.DeleteSecondFactor(p.PartnerScope(), p.UserID); err != nil {
			return err
		}
		return audit(tx, p, 0, "user.second_factor_removed", "user", p.Name, "")
	})
}

// withFactor takes a code of the caller and goes on in the same transaction.
func (t *Tenant) withFactor(ctx context.Context, p paceline.Principal, code string, confirmed bool, then func(*store.Tx, *seal.Key, factor) error) error {
	wrong := paceline.Fail(paceline.CodeFieldInvalid, "name", "Code", "reason", "it is not the code that the app shows now")
	if p.Kind != paceline.UserPrincipal || p.UserID == "" {
		return paceline.Fail(paceline.CodeForbidden)
	}
	place := throttleKey{p.Partner, throttledCodes + store.Fold(p.Name)}
	if wait, err := t.signInWait(ctx, place); err != nil {
		return err
	} else if wait > 0 {
		return paceline.Fail(paceline.CodeThrottled).In(wait)
	}
	sealer, err := t.PartnerKeyOf(ctx, p.Partner)
	if err != nil {
		return err
	}
	refused := false
	err = t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		stored, found, err := tx.SecondFactor(p.PartnerScope(), p.UserID)
		if err != nil {
			return err
		}
		f, err := openFactor(sealer, p.Partner, p.UserID, stored)
		if err != nil {
			return err
		}
		if refused = !found || stored.Confirmed != confirmed || !f.take(code, t.clock.Now()); refused {
			return wrong
		}
		return then(tx, sealer, f)
	})
	if refused {
		if failed := t.signInFailed(ctx, place); failed != nil {
			return failed
		}
	} else if err == nil {
		return t.signInSucceeded(ctx, place)
	}
	return err
}

// signInFactor takes the code of a person whose password was right. Errors: Unauthorized, CodeNeeded where there is none yet
// and Denied for a wrong one: then wrong is set, for who counts these when the transaction is over.
func (t *Tenant) signInFactor(tx *store.Tx, sealer *seal.Key, user paceline.User, code string, wrong *bool) error {
	*wrong = false
	scope := paceline.Scope{Partner: user.Partner}
	stored, _, err := tx.SecondFactor(scope, user.ID)
	if err != nil || !stored.Confirmed {
		return err
	}
	if code == "" {
		return paceline.Fail(paceline.CodeSecondFactor)
	}
	f, err := openFactor(sealer, user.Partner, user.ID, stored)
	if err != nil {
		return err
	}
	if !f.take(code, t.clock.Now()) {
		*wrong = true
		return paceline.Fail(paceline.CodeDenied)
	}
	return putFactor(tx, sealer, paceline.Principal{Partner: user.Partner, UserID: user.ID}, f, true)
}

// take says whether a code is right now, and takes note that it was used.
func (f *factor) take(code string, now time.Time) bool {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(code))
	if len(code) == 10 {
		hash := recoveryHash(code)
		i := slices.IndexFunc(f.Recovery, func(h string) bool { return subtle.ConstantTimeCompare([]byte(h), []byte(hash)) == 1 })
		if i < 0 {
			return false
		}
		f.Recovery = slices.Delete(f.Recovery, i, i+1)
		return true
	}
	opts := totp.ValidateOpts{Period: stepSeconds, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	for step := now.Unix()/stepSeconds - 1; step <= now.Unix()/stepSeconds+1; step++ {
		if step <= f.LastStep {
			continue
		}
		if right, err := totp.ValidateCustom(code, f.Secret, time.Unix(step*stepSeconds, 0), opts); err == nil && right {
			f.LastStep = step
			return true
		}
	}
	return false
}

func recoveryHash(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

func putFactor(tx *store.Tx, sealer *seal.Key, p paceline.Principal, f factor, confirmed bool) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return tx.PutSecondFactor(p.PartnerScope(), p.UserID, store.SecondFactor{
		Sealed: sealer.SealSecret(text, factorField+string(p.UserID), p.Partner, 0), Confirmed: confirmed,
	})
}

func openFactor(sealer *seal.Key, partner int64, user paceline.ID, stored store.SecondFactor) (f factor, err error) {
	if stored.Sealed == nil {
		return f, nil
	}
	text, err := sealer.OpenOwn(stored.Sealed, factorField+string(user), partner, 0)
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	return f, err
}
