package connector

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Type basic sends a user name and a password. AuthValue is the base64 text of "user:password", as the
// API takes it; the fields are auth.Username, auth.Password and auth.Basic, which is that text.
var _ = registerAuth("basic", authType{
	wire:    "Basic",
	fields:  []AuthField{{Name: "Username", Label: "User name", Secret: new(bool)}, {Name: "Password", Label: "Password"}},
	derived: []AuthField{{Name: "Basic"}},
	apply:   Applies{{In: "header", Name: "Authorization", Value: "Basic {{auth.Basic}}"}},
	read:    readBasic,
})

func readBasic(_ *Auth, value string) (map[string]string, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		if raw, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(value), "=")); err != nil {
			return nil, fmt.Errorf("expected the base64 text of user:password")
		}
	}
	user, password, ok := strings.Cut(string(raw), ":")
	if !ok {
		return nil, fmt.Errorf("expected the base64 text of user:password; there is no colon in it")
	}
	return map[string]string{"Username": user, "Password": password, "Basic": base64.StdEncoding.EncodeToString(raw)}, nil
}
