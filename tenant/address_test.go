package tenant_test

import (
	"testing"

	"paceline"
	"paceline/store"
	"paceline/tenant"
)

// With a list, programs call from its networks alone, and people in their accounts from anywhere.
func TestAllowedAddresses(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		client, err := h.CreateClient(ctx, h.p, tenant.ClientInput{})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(p paceline.Principal, address string) error { return h.AdmitAddress(ctx, p, address) }
		token := func(address string) error {
			_, err := h.IssueToken(ctx, tenant.TokenRequest{GrantType: "client_credentials", ClientID: client.ClientID, ClientSecret: client.Secret, Address: address})
			return err
		}
		program := paceline.Principal{Kind: paceline.ClientPrincipal, Partner: h.p.Partner}
		user := paceline.Principal{Kind: paceline.UserPrincipal, Partner: h.p.Partner, Rights: paceline.Rights{Full: true}}
		person := paceline.Principal{Kind: paceline.UserPrincipal, Partner: h.p.Partner, RestrictedTo: 7}
		if err := ask(program, "203.0.113.1"); err != nil {
			t.Errorf("without a list: %v", err)
		}
		if _, err := h.SetAddresses(ctx, h.p, programs("192.0.2.0/28", "2001:db8::/32", "10.1.2.3"), "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			who     paceline.Principal
			address string
			want    paceline.Code
		}{
			{program, "192.0.2.15", ""},
			{program, "192.0.2.16", paceline.CodeIPNotAllowed},
			{program, "::ffff:192.0.2.15", ""},
			{program, "2001:db8:7::1", ""},
			{program, "2001:db9::1", paceline.CodeIPNotAllowed},
			{program, "10.1.2.3", ""},
			{program, "10.1.2.4", paceline.CodeIPNotAllowed},
			{program, "no address", paceline.CodeIPNotAllowed},
			{user, "10.1.2.4", paceline.CodeIPNotAllowed},
			{person, "10.1.2.4", ""},
		} {
			if got := paceline.CodeOf(ask(c.who, c.address)); got != c.want {
				t.Errorf("%v from %s: %q, want %q", c.who.Kind, c.address, got, c.want)
			}
			if c.who.Kind == paceline.ClientPrincipal {
				if got := paceline.CodeOf(token(c.address)); got != c.want {
					t.Errorf("a token for %s: %q, want %q", c.address, got, c.want)
				}
			}
		}
		_, err = h.SetAddresses(ctx, h.p, programs("192.0.2.0/28"), "10.1.2.3")
		wantCode(t, "a list without its author", err, paceline.CodeFieldInvalid)
		_, err = h.SetAddresses(ctx, h.p, programs(make([]string, 201)...), "")
		wantCode(t, "a long list", err, paceline.CodeFieldInvalid)
		var stored paceline.Partner
		if err := h.store.Read(ctx, func(tx *store.Tx) (err error) {
			stored, _, err = tx.Partner(h.p.PartnerScope())
			return err
		}); err != nil || len(stored.Settings.AllowedIPs) != 3 {
			t.Errorf("stored %q, %v", stored.Settings.AllowedIPs, err)
		}

		// The console has a list of its own once there is one, and nobody shuts himself out.
		console := func(from string, list ...string) error {
			_, err := h.SetAddresses(ctx, user, tenant.AddressesPatch{Console: tenant.Value(list)}, from)
			return err
		}
		wantCode(t, "a console without its author", console("10.1.2.4", "198.51.100.0/24"), paceline.CodeFieldInvalid)
		if err := console("198.51.100.7", "198.51.100.0/24"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			who     paceline.Principal
			address string
			want    paceline.Code
		}{{user, "198.51.100.9", ""}, {user, "192.0.2.15", paceline.CodeIPNotAllowed}, {program, "198.51.100.9", paceline.CodeIPNotAllowed}, {program, "192.0.2.15", ""}} {
			if got := paceline.CodeOf(ask(c.who, c.address)); got != c.want {
				t.Errorf("%v from %s: %q, want %q", c.who.Kind, c.address, got, c.want)
			}
		}
		if err := console("10.9.9.9"); err != nil {
			t.Fatal(err)
		}
		if err := ask(user, "10.9.9.9"); err != nil {
			t.Errorf("an open console: %v", err)
		}

		// A program that calls in a person's name stays one, also within one account.
		if _, err := h.UpdateSettings(ctx, h.p, tenant.SettingsPatch{LegacyPasswordGrant: tenant.Value(true)}); err != nil {
			t.Fatal(err)
		}
		h.account(t, "a", "")
		if _, err := h.SetAddresses(ctx, user, tenant.AddressesPatch{Console: tenant.Value([]string{})}, "10.9.9.9"); err != nil {
			t.Fatal(err)
		}
		for _, account := range []string{"", "a"} {
			issued, err := h.IssueToken(ctx, tenant.TokenRequest{GrantType: "password", ClientID: h.first.ClientID, ClientSecret: account, UserName: h.first.AdminUser, Password: h.first.AdminPassword, Address: "192.0.2.15"})
			if err != nil {
				t.Fatal(err)
			}
			p, err := h.Authenticate(ctx, issued.AccessToken)
			if err != nil {
				t.Fatal(err)
			}
			wantCode(t, "a password grant from elsewhere, account "+account, ask(p, "10.9.9.9"), paceline.CodeIPNotAllowed)
			wantCode(t, "a password grant from the list, account "+account, ask(p, "192.0.2.15"), "")
		}
		session, err := h.BeginSession(ctx, tenant.SessionRequest{UserName: h.first.AdminUser, Password: h.first.AdminPassword})
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, "the same person's session", ask(session.Principal, "10.9.9.9"), "")
		_, err = h.SetAddresses(ctx, user, tenant.AddressesPatch{Console: tenant.Null[[]string]()}, "10.9.9.9")
		wantCode(t, "back to the list of programs, from outside of it", err, paceline.CodeFieldInvalid)
	})
}

func programs(list ...string) tenant.AddressesPatch {
	return tenant.AddressesPatch{Programs: tenant.Value(list)}
}
