package tenant_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"paceline"
	"paceline/tenant"
)

// TestInvitation: who is invited chooses a password by a link that works once and for a week, mailed where there is a mail server.
func TestInvitation(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, system := t.Context(), paceline.SystemPrincipalOf(h.first.Partner)
		invite := tenant.ConsoleUserPatch{UserName: "ann@shop.example", FirstName: tenant.Value("Ann"), Areas: tenant.Value(map[string]paceline.RightLevel{tenant.AreaAccounts: paceline.EditRight})}
		secret := func(i tenant.Invitation) string {
			_, token, _ := strings.Cut(i.Link, "https://console.example"+tenant.InvitationPath+"?token=")
			return token
		}
		signIn := func(password string) error {
			_, err := h.BeginSession(ctx, tenant.SessionRequest{UserName: "ann@shop.example", Password: password})
			return err
		}
		user, i, err := h.InviteConsoleUser(ctx, system, invite, "https://console.example")
		if err != nil || i.Mailed || secret(i) == "" {
			t.Fatalf("without a mail server: %+v, %v", i, err)
		}
		wantCode(t, "no password yet", signIn(""), paceline.CodeDenied)
		if name, err := h.CheckInvitation(ctx, secret(i)); err != nil || name != user.UserName {
			t.Errorf("who is it: %q, %v", name, err)
		}
		_, err = h.AcceptInvitation(ctx, secret(i), "short")
		wantCode(t, "a password that breaks the rules", err, paceline.CodeFieldInvalid)
		old := i
		i, err = h.InviteAgain(ctx, system, user.ID, "https://console.example")
		ok(t, err)
		_, err = h.AcceptInvitation(ctx, secret(old), "a long password!")
		wantCode(t, "the link before", err, paceline.CodeDenied)
		_, err = h.AcceptInvitation(ctx, secret(i), "a long password!")
		ok(t, err)
		ok(t, signIn("a long password!"))
		_, err = h.AcceptInvitation(ctx, secret(i), "another password!")
		wantCode(t, "a second time", err, paceline.CodeDenied)

		// An email carries the same link; one that is refused is told, and the link is still shown.
		box := newMailbox(t)
		h.SendMailBy(box.relay)
		i, err = h.InviteAgain(ctx, system, user.ID, "https://console.example")
		ok(t, err)
		if got := box.take(); !i.Mailed || len(got) != 1 || got[0].to != "ann@shop.example" || !strings.Contains(got[0].text, i.Link) || !strings.Contains(got[0].rich, secret(i)) {
			t.Errorf("mailed %v: %+v", i.Mailed, got)
		}
		box.refuseWith(errors.New("nobody here"))
		i, err = h.InviteAgain(ctx, system, user.ID, "https://console.example")
		if err != nil || i.Mailed || secret(i) == "" {
			t.Errorf("a refused email: %+v, %v", i, err)
		}
		h.clock.add(7*24*time.Hour + time.Second)
		_, err = h.CheckInvitation(ctx, secret(i))
		wantCode(t, "after a week", err, paceline.CodeDenied)

		// The rules of who may make users are those of users with passwords.
		client := paceline.Principal{Kind: paceline.ClientPrincipal, Partner: h.first.Partner, Name: "client"}
		_, _, err = h.InviteConsoleUser(ctx, client, invite, "")
		wantCode(t, "an API client", err, paceline.CodeForbidden)
		_, err = h.InviteAgain(ctx, client, user.ID, "")
		wantCode(t, "an API client, again", err, paceline.CodeForbidden)
		helper := paceline.Principal{Kind: paceline.UserPrincipal, Partner: h.first.Partner, Name: "helper", Rights: paceline.Rights{Areas: map[string]paceline.RightLevel{tenant.AreaConsoleUsers: paceline.ManageRight}}}
		_, err = h.InviteAgain(ctx, helper, user.ID, "")
		wantCode(t, "somebody with fewer rights", err, paceline.CodeForbidden)
		_, err = h.InviteAgain(ctx, system, paceline.NewID(h.clock.Now()), "")
		wantCode(t, "nobody", err, paceline.CodeNotFound)
		i, err = h.InviteAgain(ctx, system, user.ID, "https://console.example")
		ok(t, err)
		ok(t, h.DeleteConsoleUser(ctx, system, user.ID))
		_, err = h.CheckInvitation(ctx, secret(i))
		wantCode(t, "a removed user", err, paceline.CodeDenied)
	})
}

// TestInvitationEnds: a link that is out ends with another password and with more rights, not with a new name or fewer rights.
func TestInvitationEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, system := t.Context(), paceline.SystemPrincipalOf(h.first.Partner)
		areas := func(level paceline.RightLevel) tenant.Patch[map[string]paceline.RightLevel] {
			return tenant.Value(map[string]paceline.RightLevel{tenant.AreaAccounts: level})
		}
		user, err := h.CreateConsoleUser(ctx, system, tenant.ConsoleUserPatch{UserName: "ann", Password: tenant.Value("a long password!"), Areas: areas(paceline.EditRight)})
		ok(t, err)
		change := func(c tenant.ConsoleUserPatch) func() error {
			return func() error { _, err := h.UpdateConsoleUser(ctx, system, user.ID, c); return err }
		}
		for _, c := range []struct {
			name string
			do   func() error
			want paceline.Code
		}{
			{"a name", change(tenant.ConsoleUserPatch{FirstName: tenant.Value("Ann")}), ""},
			{"the same rights", change(tenant.ConsoleUserPatch{Areas: areas(paceline.EditRight)}), ""},
			{"fewer rights", change(tenant.ConsoleUserPatch{Areas: areas(paceline.ViewRight)}), ""},
			{"more rights", change(tenant.ConsoleUserPatch{Areas: areas(paceline.ManageRight)}), paceline.CodeDenied},
			{"a password", change(tenant.ConsoleUserPatch{Password: tenant.Value("another password!")}), paceline.CodeDenied},
			{"all rights", change(tenant.ConsoleUserPatch{Full: tenant.Value(true)}), paceline.CodeDenied},
			{"a first-run link", func() error {
				secret, err := h.CreateFirstRunLink(ctx, system)
				ok(t, err)
				_, err = h.UseFirstRunLink(ctx, secret, tenant.FirstRunForm{UserName: "ann", Password: "yet another password!"})
				return err
			}, paceline.CodeDenied},
		} {
			i, err := h.InviteAgain(ctx, system, user.ID, "https://console.example")
			ok(t, err)
			ok(t, c.do())
			_, secret, _ := strings.Cut(i.Link, "?token=")
			_, err = h.CheckInvitation(ctx, secret)
			wantCode(t, "after "+c.name, err, c.want)
		}
	})
}

// TestRequiredSecondFactor: where the partner asks for an authenticator app, who has none may do nothing but set one up.
func TestRequiredSecondFactor(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, system := t.Context(), paceline.SystemPrincipalOf(h.first.Partner)
		_, err := h.CreateConsoleUser(ctx, system, tenant.ConsoleUserPatch{UserName: "ann", Password: tenant.Value("a long password!"), Full: tenant.Value(true)})
		ok(t, err)
		s, err := h.BeginSession(ctx, tenant.SessionRequest{UserName: "ann", Password: "a long password!"})
		ok(t, err)
		needs := func() bool {
			now, err := h.SessionOf(ctx, s.Token)
			ok(t, err)
			return now.Principal.NeedsFactor
		}
		if needs() {
			t.Error("nobody has asked for one")
		}
		_, err = h.UpdateSettings(ctx, system, tenant.SettingsPatch{RequireSecondFactor: tenant.Value(true)})
		ok(t, err)
		if !needs() {
			t.Error("a session that was open goes on without one")
		}
		made, err := h.BeginSecondFactor(ctx, s.Principal)
		ok(t, err)
		recovery, err := h.ConfirmSecondFactor(ctx, s.Principal, codeOf(t, h, made.Secret))
		ok(t, err)
		if needs() {
			t.Error("there is one now")
		}
		wantCode(t, "taking it off", h.RemoveSecondFactor(ctx, s.Principal, recovery[0]), paceline.CodeFieldInvalid)
		client, err := h.CreateClient(ctx, system, tenant.ClientInput{})
		ok(t, err)
		token, err := h.IssueToken(ctx, tenant.TokenRequest{GrantType: "client_credentials", ClientID: client.ClientID, ClientSecret: client.Secret})
		ok(t, err)
		if p, err := h.Authenticate(ctx, token.AccessToken); err != nil || p.NeedsFactor {
			t.Errorf("a program: %+v, %v", p, err)
		}
	})
}

func codeOf(t *testing.T, h *house, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, h.clock.Now())
	ok(t, err)
	return code
}
