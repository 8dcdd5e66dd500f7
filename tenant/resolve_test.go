package tenant_test

import (
	"testing"

	"paceline"
	"paceline/tenant"
)

// The account header selects an account or nothing: never a default, and always the same refusal.
func TestResolveAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		a, b := h.account(t, "a", ""), h.account(t, "b", "")
		h.account(t, "b-sub", "b")
		h.account(t, "asleep", "")
		if _, err := h.SuspendAccount(t.Context(), h.p, "asleep"); err != nil {
			t.Fatal(err)
		}
		stranger := h.stranger(t)
		onlyB := h.p
		onlyB.RestrictedTo = b.Num
		for _, c := range []struct {
			what   string
			p      paceline.Principal
			header []string
			want   string // API id, "" for refused
		}{
			{"API id", h.p, []string{"a"}, "a"},
			{"API id with spaces around", h.p, []string{" a "}, "a"},
			{"GUID", h.p, []string{string(a.ID)}, "a"},
			{"GUID in capitals", h.p, []string{upper(a.ID)}, "a"},
			{"sub account", h.p, []string{"b-sub"}, "b-sub"},
			{"missing", h.p, nil, ""},
			{"empty", h.p, []string{""}, ""},
			{"blank", h.p, []string{"  "}, ""},
			{"doubled", h.p, []string{"a", "a"}, ""},
			{"in another case", h.p, []string{"A"}, ""},
			{"unknown", h.p, []string{"nobody"}, ""},
			{"malformed", h.p, []string{"a\x00"}, ""},
			{"not UTF-8", h.p, []string{"a\xff"}, ""},
			{"suspended", h.p, []string{"asleep"}, ""},
			{"foreign by API id", stranger, []string{"a"}, ""},
			{"foreign by GUID", stranger, []string{string(a.ID)}, ""},
			{"restricted without header", onlyB, nil, "b"},
			{"restricted with an empty header", onlyB, []string{""}, "b"},
			{"restricted with its own", onlyB, []string{"b"}, "b"},
			{"restricted with its own GUID", onlyB, []string{string(b.ID)}, "b"},
			{"restricted with another", onlyB, []string{"a"}, ""},
			{"restricted with its sub account", onlyB, []string{"b-sub"}, ""},
			{"restricted and doubled", onlyB, []string{"b", "b"}, ""},
			{"nobody", paceline.Principal{}, []string{"a"}, ""},
		} {
			got, err := h.ResolveAccount(t.Context(), c.p, c.header)
			want := paceline.CodeAccountHeader
			if c.want != "" {
				want = ""
			}
			wantCode(t, c.what, err, want)
			if got.APIID != c.want {
				t.Errorf("%s: account %q, want %q", c.what, got.APIID, c.want)
			}
		}
		if _, err := h.SuspendAccount(t.Context(), h.p, "b"); err != nil {
			t.Fatal(err)
		}
		_, err := h.ResolveAccount(t.Context(), onlyB, nil)
		wantCode(t, "restricted to an account that was suspended", err, paceline.CodeAccountHeader)
		if _, err := h.ResumeAccount(t.Context(), h.p, "b"); err != nil {
			t.Fatal(err)
		}
		_, err = h.ResolveAccount(t.Context(), onlyB, nil)
		wantCode(t, "restricted to an account that was resumed", err, "")
	})
}

// A partner's caller sees and changes nothing of another partner, and callers without the right are
// refused on every operation.
func TestWalls(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		a := h.account(t, "a", "")
		h.account(t, "sub", "a")
		if err := h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "ann", Password: tenant.Value("long enough!")}); err != nil {
			t.Fatal(err)
		}
		token := h.token(t, "")
		list, err := h.Tokens(ctx, h.p, paceline.Page{})
		if err != nil || len(list.Items) != 1 {
			t.Fatalf("tokens %+v, %v", list, err)
		}
		name := tenant.AccountPatch{Name: tenant.Value("changed")}
		operations := []struct {
			what    string
			call    func(p paceline.Principal) error
			foreign paceline.Code // for another partner's caller, "" for an empty list
		}{
			{"get", func(p paceline.Principal) error { _, err := h.GetAccount(ctx, p, "a"); return err }, paceline.CodeNotFound},
			{"get by GUID", func(p paceline.Principal) error { _, err := h.GetAccount(ctx, p, string(a.ID)); return err }, paceline.CodeNotFound},
			{"update", func(p paceline.Principal) error { _, err := h.UpdateAccount(ctx, p, "a", name); return err }, paceline.CodeNotFound},
			{"suspend", func(p paceline.Principal) error { _, err := h.SuspendAccount(ctx, p, "a"); return err }, paceline.CodeNotFound},
			{"delete", func(p paceline.Principal) error { _, err := h.DeleteAccount(ctx, p, "a"); return err }, paceline.CodeNotFound},
			{"sub accounts", func(p paceline.Principal) error {
				_, err := h.Accounts(ctx, p, tenant.AccountFilter{Parent: "a"}, paceline.Page{})
				return err
			}, paceline.CodeNotFound},
			{"usage", func(p paceline.Principal) error { _, err := h.Usage(ctx, p, "a", 0, 0); return err }, paceline.CodeNotFound},
			{"a sub account under it", func(p paceline.Principal) error {
				c := name
				c.ParentAccountID = tenant.Value("a")
				_, err := h.CreateAccount(ctx, p, c)
				return err
			}, paceline.CodeParentNotFound},
			{"users", func(p paceline.Principal) error { _, err := h.AccountUsers(ctx, p, "a", paceline.Page{}); return err }, paceline.CodeNotFound},
			{"put user", func(p paceline.Principal) error {
				return h.PutAccountUser(ctx, p, "a", tenant.UserPatch{UserName: "ann"})
			}, paceline.CodeNotFound},
			{"remove user", func(p paceline.Principal) error { return h.RemoveAccountUser(ctx, p, "a", "ann") }, paceline.CodeNotFound},
			{"set password", func(p paceline.Principal) error {
				return h.SetPassword(ctx, p, tenant.UserPatch{UserName: "ann", Password: tenant.Value("another one!")})
			}, paceline.CodeNotFound},
			{"delete client", func(p paceline.Principal) error { return h.DeleteClient(ctx, p, h.first.ClientID) }, paceline.CodeNotFound},
			{"revoke token", func(p paceline.Principal) error { return h.RevokeToken(ctx, p, list.Items[0].ID) }, paceline.CodeNotFound},
			{"audit of it", func(p paceline.Principal) error {
				_, err := h.AuditEvents(ctx, p, tenant.AuditFilter{Account: "a"}, paceline.Page{})
				return err
			}, paceline.CodeNotFound},
			{"settings", func(p paceline.Principal) error { _, err := h.Settings(ctx, p); return err }, ""},
			{"accounts", func(p paceline.Principal) error {
				l, err := h.Accounts(ctx, p, tenant.AccountFilter{IncludeSubAccounts: true}, paceline.Page{})
				if err == nil && p.Partner != h.p.Partner && (len(l.Items) > 0 || l.Total > 0) {
					t.Errorf("a stranger lists accounts %+v", l)
				}
				return err
			}, ""},
			{"clients", func(p paceline.Principal) error {
				l, err := h.Clients(ctx, p)
				if err == nil && p.Partner != h.p.Partner && len(l) > 0 {
					t.Errorf("a stranger lists clients %+v", l)
				}
				return err
			}, ""},
			{"tokens", func(p paceline.Principal) error {
				l, err := h.Tokens(ctx, p, paceline.Page{})
				if err == nil && p.Partner != h.p.Partner && len(l.Items) > 0 {
					t.Errorf("a stranger lists tokens %+v", l)
				}
				return err
			}, ""},
			{"audit", func(p paceline.Principal) error {
				l, err := h.AuditEvents(ctx, p, tenant.AuditFilter{}, paceline.Page{})
				for _, e := range l.Items {
					if e.Partner != p.Partner {
						t.Errorf("a caller of partner %d reads event %+v", p.Partner, e)
					}
				}
				return err
			}, ""},
		}
		stranger := h.stranger(t)
		restricted := h.p
		restricted.RestrictedTo = a.Num
		powerless := paceline.Principal{Kind: paceline.UserPrincipal, Partner: h.p.Partner, Name: "intern"}
		for _, o := range operations {
			wantCode(t, o.what+" by a stranger", o.call(stranger), o.foreign)
			wantCode(t, o.what+" with a restricted token", o.call(restricted), paceline.CodeDenied)
			wantCode(t, o.what+" by nobody", o.call(paceline.Principal{}), paceline.CodeDenied)
			wantCode(t, o.what+" by a user without rights", o.call(powerless), paceline.CodeForbidden)
		}
		wantCode(t, "link by an API client", func() error { _, err := h.CreateFirstRunLink(ctx, h.p); return err }(), paceline.CodeForbidden)
		wantCode(t, "token without credentials", func() error { _, err := h.GrantToken(ctx, h.p, ""); return err }(), paceline.CodeForbidden)
		// Nothing of all that has changed anything.
		got, err := h.GetAccount(ctx, h.p, "a")
		if err != nil || got.Name != "Name of a" || got.State != paceline.AccountActive {
			t.Errorf("afterwards the account is %+v, %v", got, err)
		}
		if _, err := h.Authenticate(ctx, token.AccessToken); err != nil {
			t.Errorf("afterwards the token is refused: %v", err)
		}
	})
}

// A user's rights reach as far as their level, area by area.
func TestRights(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.account(t, "a", "")
		user := func(level paceline.RightLevel) paceline.Principal {
			return paceline.Principal{Kind: paceline.UserPrincipal, Partner: h.p.Partner, Name: "u",
				Rights: paceline.Rights{Areas: map[string]paceline.RightLevel{tenant.AreaAccounts: level}}}
		}
		for level, want := range map[paceline.RightLevel][3]paceline.Code{
			paceline.NoRight:     {paceline.CodeForbidden, paceline.CodeForbidden, paceline.CodeForbidden},
			paceline.ViewRight:   {"", paceline.CodeForbidden, paceline.CodeForbidden},
			paceline.EditRight:   {"", "", paceline.CodeForbidden},
			paceline.ManageRight: {"", "", ""},
		} {
			_, err := h.GetAccount(t.Context(), user(level), "a")
			wantCode(t, "get", err, want[0])
			_, err = h.UpdateAccount(t.Context(), user(level), "a", tenant.AccountPatch{})
			wantCode(t, "update", err, want[1])
			_, err = h.ResumeAccount(t.Context(), user(level), "a")
			wantCode(t, "resume", err, want[2])
			_, err = h.Clients(t.Context(), user(level))
			wantCode(t, "another area", err, paceline.CodeForbidden)
		}
	})
}
