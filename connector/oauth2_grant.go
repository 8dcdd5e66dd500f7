package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
)

// Grant is what a vendor has given, and what it takes to obtain more. As JSON it is the AuthValue of an
// account connector with OAuth2; its texts are what the API takes, and a person may leave any of them out.
type Grant struct {
	AccessToken    string            `json:",omitempty"`
	RefreshToken   string            `json:",omitempty"`
	Expires        string            `json:",omitempty"` // RFC 3339 in UTC; "" is unknown
	RefreshExpires string            `json:",omitempty"`
	Issued         string            `json:",omitempty"` // when the access token was given
	EndTold        bool              `json:",omitempty"` // that the refresh token ends soon
	Username       string            `json:",omitempty"` // of grant password
	Password       string            `json:",omitempty"`
	Captured       map[string]string `json:",omitempty"` // values of properties, out of the vendor's answers
}

// ParseGrant reads an AuthValue: an access token as it is, or a JSON object.
func ParseGrant(value string) (Grant, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return Grant{}, fmt.Errorf("the value is empty")
	}
	if value[0] != '{' {
		if strings.ContainsAny(value, " \t\r\n") {
			return Grant{}, fmt.Errorf("an access token contains no spaces")
		}
		return Grant{AccessToken: value}, nil
	}
	var g Grant
	d := json.NewDecoder(bytes.NewReader([]byte(value)))
	if err := d.Decode(&g); err != nil {
		return Grant{}, fmt.Errorf("expected a JSON object with the texts AccessToken, RefreshToken, Expires and RefreshExpires")
	}
	if d.More() {
		return Grant{}, fmt.Errorf("something follows the JSON object")
	}
	for _, when := range []string{g.Expires, g.RefreshExpires, g.Issued} {
		if _, err := readTime(when); err != nil {
			return Grant{}, fmt.Errorf("%q is not a date such as 2026-01-31T10:30:00Z", shorten(when))
		}
	}
	return g, nil
}

// Text writes the grant as an AuthValue.
func (g Grant) Text() string {
	b, err := json.Marshal(g)
	if err != nil {
		panic("texts are always JSON: " + err.Error())
	}
	return string(b)
}

// Given is an AuthValue as a person gives it, without what only the program may have in it: values that
// were captured are the vendor's word about where a credential may go.
func (a *Auth) Given(value string) string {
	if !a.OAuth2() {
		return value
	}
	g, err := ParseGrant(value)
	if err != nil || g.Captured == nil && g.Issued == "" && !g.EndTold {
		return value
	}
	g.Captured, g.Issued, g.EndTold = nil, "", false
	return g.Text()
}

// readTime reads a date of a grant; without a zone it is UTC. "" is the zero time.
func readTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.Parse("2006-01-02T15:04:05", text)
}

func writeTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// obtainable reports whether a token can be had without asking a person.
func (g Grant) obtainable(a *Auth) bool {
	return a.Grant == GrantClientCredentials || a.Grant == GrantJWTBearer || a.Grant == GrantTokenExchange || g.RefreshToken != "" || a.Grant == GrantPassword && g.Username != ""
}

// warnEnd is how long before the end of a refresh token people are told to sign in anew.
const warnEnd = 24 * time.Hour

// EndsSoon reports whether a person has to sign in within a day, of which nobody was told yet.
func (g Grant) EndsSoon(now time.Time) bool {
	end, _ := readTime(g.RefreshExpires)
	return g.RefreshToken != "" && !g.EndTold && !end.IsZero() && !now.Before(end.Add(-warnEnd))
}

// due reports whether the access token has to be renewed before a call: it is missing, or ends within the
// skew, but not before half of its life is over.
func (g Grant) due(now time.Time, skew time.Duration) bool {
	if g.AccessToken == "" {
		return true
	}
	end, _ := readTime(g.Expires)
	if end.IsZero() {
		return false
	}
	if issued, _ := readTime(g.Issued); !issued.IsZero() {
		skew = min(skew, end.Sub(issued)/2)
	}
	return !now.Before(end.Add(-skew))
}

// with adds what the vendor has given now to what is there already: an answer may lack the refresh token.
func (g Grant) with(next Grant, rotate bool) Grant {
	next.Username, next.Password = g.Username, g.Password
	if next.RefreshToken == "" || !rotate && g.RefreshToken != "" {
		next.RefreshToken, next.RefreshExpires, next.EndTold = g.RefreshToken, g.RefreshExpires, g.EndTold
	}
	if next.RefreshToken == g.RefreshToken && next.RefreshExpires == "" { // given again, it does not begin anew
		next.RefreshExpires, next.EndTold = g.RefreshExpires, g.EndTold
	}
	if len(g.Captured) > 0 {
		merged := maps.Clone(g.Captured)
		maps.Copy(merged, next.Captured)
		next.Captured = merged
	}
	return next
}
