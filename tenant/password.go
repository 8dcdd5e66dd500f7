package tenant

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"paceline"
	"paceline/store"

	"golang.org/x/crypto/argon2"
)

// The cost of a password hash: about 30 ms on one core.
const (
	argonTime    = 2
	argonMemory  = 19_456 // KiB
	argonThreads = 1
	argonBytes   = 32
)

const (
	minPassword = 10
	maxPassword = 256 // letters: a longer text would only make us hash more
)

// checkPasswordRules refuses passwords that are too easily found.
func checkPasswordRules(password string) error {
	reason := ""
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		reason = "it must have at least 10 characters"
	case utf8.RuneCountInString(password) > maxPassword:
		reason = "it must have at most 256 characters"
	case !strings.ContainsFunc(password, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }):
		reason = "it must contain a character that is neither a letter nor a digit"
	default:
		return nil
	}
	return paceline.Fail(paceline.CodeFieldInvalid, "name", "Password", "reason", reason)
}

// hashPassword returns the argon2id hash in PHC form. Only a few run at once.
func (t *Tenant) hashPassword(ctx context.Context, password string) (string, error) {
	leave, err := t.enterHashing(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := []byte(paceline.NewSecret(16))
	sum := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// enterHashing waits until one of the few places is free.
func (t *Tenant) enterHashing(ctx context.Context) (leave func(), err error) {
	select {
	case t.hashing <- struct{}{}:
		return func() { <-t.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// verifyPassword compares a password with a hash in PHC form; "" matches nothing, but takes as long.
func verifyPassword(password, phc string) (bool, error) {
	var version int
	var memory, passes uint32
	var threads uint8
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		argon2.IDKey([]byte(password), []byte("no such user"), argonTime, argonMemory, argonThreads, argonBytes)
		return false, nil
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, fmt.Errorf("password hash of an unknown version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		return false, fmt.Errorf("password hash with unknown parameters")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("password hash with a bad salt")
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("password hash that is no base64")
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, argonBytes)
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func anybody(paceline.User) bool { return true }

// checkPassword returns the user with this name and password; from is the address of who asks. Unknown users, wrong passwords and users who
// are not welcome are answered alike. Errors: Unauthorized (CodeDenied); Throttled after several failures.
func (t *Tenant) checkPassword(ctx context.Context, partner int64, name, password, from string, welcome func(paceline.User) bool) (paceline.User, error) {
	denied := paceline.Fail(paceline.CodeDenied)
	if name == "" || checkText("username", name, maxName) != nil || utf8.RuneCountInString(password) > maxPassword {
		return paceline.User{}, denied
	}
	keys := []throttleKey{{partner, store.Fold(name)}}
	if place := throttledPlace(from); place != "" {
		keys = append(keys, throttleKey{partner, place})
	}
	leave, err := t.enterHashing(ctx)
	if err != nil {
		return paceline.User{}, err
	}
	defer leave()
	// Asked here, behind the few places, so that a crowd of guesses cannot all pass before one has failed.
	for _, key := range keys {
		if wait, err := t.signInWait(ctx, key); err != nil {
			return paceline.User{}, err
		} else if wait > 0 {
			return paceline.User{}, paceline.Fail(paceline.CodeThrottled).In(wait)
		}
	}
	var user paceline.User
	err = t.store.Read(ctx, func(tx *store.Tx) (err error) {
		user, _, err = tx.UserByName(paceline.Scope{Partner: partner}, name)
		return err
	})
	if err != nil {
		return paceline.User{}, err
	}
	ok, err := verifyPassword(password, user.PasswordHash)
	if err != nil {
		return paceline.User{}, err
	}
	if !ok || !welcome(user) {
		for _, key := range keys {
			if err := t.signInFailed(ctx, key); err != nil {
				return paceline.User{}, err
			}
		}
		return paceline.User{}, denied
	}
	return user, t.signInSucceeded(ctx, keys[0]) // not of the address, or one account of one's own would free it for guesses
}

// SignIn returns a console user as a caller, by name and password. Errors: Unauthorized (CodeDenied) for
// an unknown user and a wrong password alike; Throttled after several failures.
func (t *Tenant) SignIn(ctx context.Context, partner int64, name, password string) (paceline.Principal, error) {
	user, err := t.checkPassword(ctx, partner, name, password, "", anybody)
	if err != nil {
		return paceline.Principal{}, err
	}
	if !user.Console {
		return paceline.Principal{}, paceline.Fail(paceline.CodeDenied)
	}
	return userPrincipal(user, 0), nil
}

// newPassword returns a random password that keeps the rules.
func newPassword() string {
	text := paceline.NewHexSecret(12)
	return text[:8] + "-" + text[8:16] + "-" + text[16:]
}

// The delays after wrong passwords: none for the first few, then doubling up to a minute. A stranger
// can slow a user down, but not lock him out.
const (
	freeFailures = 5
	freeGuesses  = 20 // of one address, at names of any number of people
	firstDelay   = time.Second
	maxDelay     = time.Minute
	forgetAfter  = 15 * time.Minute
)
