package tenant_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/tenant"
)

func TestAccountUsers(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.account(t, "a", "")
		h.account(t, "b", "a")
		v := tenant.Value[string]
		none := tenant.Patch[string]{}
		for _, c := range []struct {
			what string
			err  error
			want string
		}{
			{"new user without password", h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "ann", Password: none}), "The value of Password is invalid: it is missing"},
			{"no name", h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{Password: v("long enough!")}), "The value of UserName is invalid: it is missing"},
			{"weak password", h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "ann", Password: v("longenough1")}),
				"The value of Password is invalid: it must contain a character that is neither a letter nor a digit"},
			{"short password", h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "ann", Password: v("short!")}),
				"The value of Password is invalid: it must have at least 10 characters"},
			{"unknown account", h.PutAccountUser(ctx, h.p, "nobody", tenant.UserPatch{UserName: "ann", Password: v("long enough!")}), "Account not found."},
			{"new user", h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "ann", Password: v("long enough!")}), ""},
			{"the same again, in another case", h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "Ann"}), ""},
			{"another user", h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "Bob", Password: v("long enough!")}), ""},
			{"a second account", h.PutAccountUser(ctx, h.p, "b", tenant.UserPatch{UserName: "ann"}), ""},
			{"a console user", h.PutAccountUser(ctx, h.p, "b", tenant.UserPatch{UserName: h.first.AdminUser}), ""},
			{"a console user's password", h.PutAccountUser(ctx, h.p, "b", tenant.UserPatch{UserName: h.first.AdminUser, Password: v("long enough!")}),
				"You do not have the right to do this."},
			{"set a console user's password", h.SetPassword(ctx, h.p, tenant.UserPatch{UserName: h.first.AdminUser, Password: v("long enough!")}),
				"You do not have the right to do this."},
			{"set a password", h.SetPassword(ctx, h.p, tenant.UserPatch{UserName: "ann", Password: v("even longer!")}), ""},
			{"set no password", h.SetPassword(ctx, h.p, tenant.UserPatch{UserName: "ann"}), "The value of Password is invalid: it is missing"},
			{"set the password of nobody", h.SetPassword(ctx, h.p, tenant.UserPatch{UserName: "eve", Password: v("even longer!")}), "User not found."},
			{"remove nobody", h.RemoveAccountUser(ctx, h.p, "a", "eve"), "User not found."},
			{"remove a user", h.RemoveAccountUser(ctx, h.p, "a", "BOB"), ""},
			{"remove a user again", h.RemoveAccountUser(ctx, h.p, "a", "Bob"), "User not found."},
		} {
			if got := message(c.err); got != c.want {
				t.Errorf("%s: %q, want %q", c.what, got, c.want)
			}
		}
		for account, want := range map[string]string{"a": "ann", "b": "admin ann"} {
			l, err := h.AccountUsers(ctx, h.p, account, paceline.Page{})
			var names []string
			for _, u := range l.Items {
				names = append(names, u.UserName)
			}
			if err != nil || strings.Join(names, " ") != want || l.Total != len(names) {
				t.Errorf("users of %s: %v of %d, %v; want %s", account, names, l.Total, err, want)
			}
		}
	})
}

// Each change leaves its event, and an attempt that failed leaves none.
func TestAuditEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.account(t, "a", "")
		h.clock.add(time.Second)
		h.account(t, "b", "")
		h.clock.add(time.Second)
		_, err := h.CreateAccount(ctx, h.p, tenant.AccountPatch{Name: tenant.Value("x"), ID: tenant.Value("a")})
		wantCode(t, "create a again", err, paceline.CodeAccountIDInUse)
		if _, err := h.UpdateAccount(ctx, h.p, "a", tenant.AccountPatch{ID: tenant.Value("c")}); err != nil {
			t.Fatal(err)
		}
		h.clock.add(time.Second)
		if _, err := h.DeleteAccount(ctx, h.p, "b"); err != nil {
			t.Fatal(err)
		}
		read := func(f tenant.AuditFilter, page paceline.Page) (all []string, l paceline.List[tenant.AuditEntry]) {
			t.Helper()
			l, err := h.AuditEvents(ctx, h.p, f, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range l.Items {
				all = append(all, fmt.Sprint(e.Action, " ", e.SubjectID))
			}
			return all, l
		}
		changes, _ := read(tenant.AuditFilter{From: paceline.ToMicros(start.Add(time.Second))}, paceline.Page{})
		if want := []string{"account.deleted b", "account.updated c", "account.created b"}; !slices.Equal(changes, want) {
			t.Errorf("events %q, want %q", changes, want)
		}
		of, _ := read(tenant.AuditFilter{Account: "c"}, paceline.Page{})
		if want := []string{"account.updated c", "account.created a"}; !slices.Equal(of, want) {
			t.Errorf("events of one account %q, want %q", of, want)
		}
		whole, all := read(tenant.AuditFilter{}, paceline.Page{})
		if all.Total != len(whole) {
			t.Errorf("%d events of %d", len(whole), all.Total)
		}
		for _, e := range all.Items[:3] {
			if e.Actor != h.p.Name || e.Partner != h.p.Partner {
				t.Errorf("event %+v", e)
			}
		}
		var walked []string
		page := paceline.Page{Size: 2}
		for range len(whole) {
			some, l := read(tenant.AuditFilter{}, page)
			walked = append(walked, some...)
			if page.After = l.Next; l.Next == "" {
				break
			}
		}
		if !slices.Equal(walked, whole) {
			t.Errorf("walked %q, at once %q", walked, whole)
		}
	})
}

func TestSettings(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s, err := h.Settings(ctx, h.p)
		if err != nil || !reflect.DeepEqual(s, paceline.PartnerSettings{}) {
			t.Errorf("at first %+v, %v", s, err)
		}
		if _, err := h.PartnerOf(ctx, h.p.Partner); err != nil { // now it is in memory
			t.Fatal(err)
		}
		hours := tenant.Value(1000)
		s, err = h.UpdateSettings(ctx, h.p, tenant.SettingsPatch{
			SuccessRetentionHours: hours, ErrorWebhookURL: tenant.Value("example.com"), ErrorWebhookEnabled: tenant.Value(true),
			ConcurrentTransactions: tenant.Value(7), EchoAuthValue: tenant.Value(true),
		})
		if err != nil || *s.Retention.SuccessHours != 744 || s.ErrorWebhook.URL != "https://example.com" || !s.Compatibility.EchoAuthValue {
			t.Errorf("answered %+v, %v", s, err)
		}
		partner, err := h.PartnerOf(ctx, h.p.Partner)
		if err != nil || partner.Settings.ConcurrentTransactions != 7 || !partner.Settings.ErrorWebhook.Enabled {
			t.Errorf("in memory %+v, %v", partner, err)
		}
		_, err = h.UpdateSettings(ctx, h.p, tenant.SettingsPatch{ErrorWebhookURL: tenant.Null[string]()})
		wantCode(t, "no URL while on", err, paceline.CodeErrorWebhookNoURL)
		_, err = h.UpdateSettings(ctx, h.p, tenant.SettingsPatch{ConcurrentTransactions: tenant.Value(-1)})
		wantCode(t, "a negative limit", err, paceline.CodeFieldInvalid)
		if s, err = h.Settings(ctx, h.p); err != nil || s.ErrorWebhook.URL != "https://example.com" || s.ConcurrentTransactions != 7 {
			t.Errorf("after refused changes %+v, %v", s, err)
		}
	})
}

func TestAdministratorsOfAccounts(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		a, other := h.account(t, "a", ""), h.account(t, "b", "")
		v, yes := tenant.Value[string], tenant.Value(true)
		enter := func(user string) paceline.Principal {
			t.Helper()
			s, err := h.BeginSession(ctx, tenant.SessionRequest{UserName: user, Password: "long enough!", Account: "a"})
			if err != nil {
				t.Fatal(err)
			}
			p, err := h.Authenticate(ctx, s.Token)
			if err != nil || p.Administrator != s.Principal.Administrator {
				t.Fatalf("the session of %s: %+v, its token: %+v, %v", user, s.Principal, p, err)
			}
			return p
		}
		for _, err := range []error{
			h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "ann", Password: v("long enough!"), Administrator: yes}),
			h.PutAccountUser(ctx, h.p, "a", tenant.UserPatch{UserName: "bob", Password: v("long enough!")}),
			h.PutAccountUser(ctx, h.p, "b", tenant.UserPatch{UserName: "eve", Password: v("long enough!"), Administrator: yes}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		ann, bob := enter("ann"), enter("bob")
		zone := tenant.AccountPatch{Timezone: v("Europe/Oslo"), Name: v("Taken over"), ConcurrentTransactions: tenant.Value(1)}
		for _, c := range []struct {
			what string
			err  error
			want string
		}{
			{"a standard user adds nobody", h.PutOwnMember(ctx, bob, a, tenant.UserPatch{UserName: "cy", Password: v("long enough!")}), "You do not have the right to do this."},
			{"and makes himself no administrator", h.PutOwnMember(ctx, bob, a, tenant.UserPatch{UserName: "bob", Administrator: yes}), "You do not have the right to do this."},
			{"and removes nobody", h.RemoveOwnMember(ctx, bob, a, "ann"), "You do not have the right to do this."},
			{"an administrator adds one", h.PutOwnMember(ctx, ann, a, tenant.UserPatch{UserName: "cy", Password: v("long enough!")}), ""},
			{"but sets no password of one who is there", h.PutOwnMember(ctx, ann, a, tenant.UserPatch{UserName: "eve", Password: v("long enough!")}), "You do not have the right to do this."},
			{"nor does anything in another account", h.PutOwnMember(ctx, ann, other, tenant.UserPatch{UserName: "cy"}), "The account is missing or unknown."},
			{"nor removes himself", h.RemoveOwnMember(ctx, ann, a, "ANN"), "You do not have the right to do this."},
			{"and removes another", h.RemoveOwnMember(ctx, ann, a, "cy"), ""},
			{"and makes another an administrator", h.PutOwnMember(ctx, ann, a, tenant.UserPatch{UserName: "bob", Administrator: yes}), ""},
		} {
			if got := message(c.err); got != c.want && c.want != "The account is missing or unknown." || (got == "") != (c.want == "") {
				t.Errorf("%s: %q, want %q", c.what, got, c.want)
			}
		}
		if p, err := h.Authenticate(ctx, mustToken(t, h, "bob")); err != nil || !p.Administrator {
			t.Errorf("bob is no administrator: %+v, %v", p, err)
		}
		changed, err := h.UpdateOwnAccount(ctx, ann, a, zone)
		if err != nil || changed.Timezone != "Europe/Oslo" || changed.Name != a.Name || changed.ConcurrentTransactions != a.ConcurrentTransactions {
			t.Errorf("the account is %+v, %v: only what is an administrator's changes", changed, err)
		}
		if _, err := h.UpdateOwnAccount(ctx, ann, other, zone); err == nil {
			t.Error("an administrator changes another account")
		}
	})
}

// mustToken signs a user of account a in.
func mustToken(t *testing.T, h *house, user string) string {
	t.Helper()
	s, err := h.BeginSession(t.Context(), tenant.SessionRequest{UserName: user, Password: "long enough!", Account: "a"})
	if err != nil {
		t.Fatal(err)
	}
	return s.Token
}

// TestSessionEnds: a session lasts as long as it is used, and no longer than half a day.
func TestSessionEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		begin := func() string {
			t.Helper()
			s, err := h.BeginSession(ctx, tenant.SessionRequest{UserName: h.first.AdminUser, Password: h.first.AdminPassword})
			if err != nil {
				t.Fatal(err)
			}
			return s.Token
		}
		lives := func(what, token string, want paceline.Code) {
			t.Helper()
			_, err := h.Authenticate(ctx, token)
			wantCode(t, what, err, want)
		}
		token := begin()
		for range 6 { // eleven hours
			h.clock.add(110 * time.Minute)
			lives("a session in use", token, "")
		}
		h.clock.add(59 * time.Minute)
		lives("after 11 h 59 min", token, "")
		h.clock.add(2 * time.Minute)
		lives("after half a day", token, paceline.CodeDenied)
		token = begin()
		lives("a new one", token, "")
		h.clock.add(tenant.SessionIdle + time.Minute)
		lives("one that nobody used", token, paceline.CodeDenied)
		token = begin()
		h.clock.add(tenant.SessionIdle - time.Second)
		lives("one that is used in its last second", token, "")
		h.clock.add(2 * time.Second)
		lives("two seconds later", token, "")
		// A token of a client is no session: it lasts as long as it says.
		issued, err := h.IssueToken(ctx, tenant.TokenRequest{GrantType: "client_credentials", ClientID: h.first.ClientID, ClientSecret: h.first.ClientSecret})
		if err != nil {
			t.Fatal(err)
		}
		h.clock.add(13 * 24 * time.Hour)
		lives("a client's token", issued.AccessToken, "")
	})
}
