package tenant_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"paceline"
	"paceline/tenant"
)

func TestSecondFactor(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, system := t.Context(), paceline.SystemPrincipalOf(h.first.Partner)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		password := "a long password!"
		user, err := h.CreateConsoleUser(ctx, system, tenant.ConsoleUserPatch{UserName: "ann", Password: tenant.Value(password), Full: tenant.Value(true)})
		must(err)
		signIn := func(password, code string) (tenant.Session, error) {
			return h.BeginSession(ctx, tenant.SessionRequest{UserName: "ann", Password: password, Code: code})
		}
		s, err := signIn(password, "")
		must(err)
		made, err := h.BeginSecondFactor(ctx, s.Principal)
		must(err)
		_, err = signIn(password, "")
		must(err) // what is not confirmed does not count
		now := func() string {
			code, err := totp.GenerateCode(made.Secret, h.clock.Now())
			must(err)
			return code
		}
		_, err = h.ConfirmSecondFactor(ctx, s.Principal, "000000")
		wantCode(t, "a wrong first code", err, paceline.CodeFieldInvalid)
		first := now()
		recovery, err := h.ConfirmSecondFactor(ctx, s.Principal, first)
		if err != nil || len(recovery) != 10 {
			t.Fatalf("confirmed: %v, %v", recovery, err)
		}
		_, err = signIn(password, "")
		wantCode(t, "no code", err, paceline.CodeSecondFactor)
		_, err = signIn("not the password", "")
		wantCode(t, "a wrong password says nothing of codes", err, paceline.CodeDenied)
		_, err = signIn(password, first)
		wantCode(t, "a code works once", err, paceline.CodeDenied)
		h.clock.add(time.Minute)
		_, err = signIn(password, now())
		must(err)
		_, err = signIn(password, recovery[0])
		must(err)
		_, err = signIn(password, recovery[0])
		wantCode(t, "a recovery code works once", err, paceline.CodeDenied)
		_, err = h.BeginSecondFactor(ctx, s.Principal)
		wantCode(t, "a second one", err, paceline.CodeFieldInvalid)
		for range 6 {
			_, err = signIn(password, "000000")
		}
		wantCode(t, "many wrong codes, the password right each time", err, paceline.CodeThrottled)
		h.clock.add(time.Hour)
		must(h.RemoveSecondFactor(ctx, s.Principal, recovery[1]))
		_, err = signIn(password, "")
		must(err)
		must(h.DeleteConsoleUser(ctx, system, user.ID))
		_, err = signIn(password, "")
		wantCode(t, "a deleted user", err, paceline.CodeDenied)
	})
}

func TestConsoleUsers(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, system := t.Context(), paceline.SystemPrincipalOf(h.first.Partner)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		create := func(p paceline.Principal, name string, full bool, areas map[string]paceline.RightLevel) (paceline.User, error) {
			return h.CreateConsoleUser(ctx, p, tenant.ConsoleUserPatch{UserName: name, Password: tenant.Value("a long password!"), Full: tenant.Value(full), Areas: tenant.Value(areas)})
		}
		boss, err := create(system, "boss", true, nil)
		must(err)
		helper, err := create(system, "helper", false, map[string]paceline.RightLevel{tenant.AreaConsoleUsers: paceline.ManageRight, tenant.AreaAccounts: paceline.EditRight})
		must(err)
		as := func(u paceline.User) paceline.Principal {
			return paceline.Principal{Kind: paceline.UserPrincipal, Partner: u.Partner, Name: u.UserName, UserID: u.ID, Rights: u.Rights}
		}
		_, err = create(as(helper), "equal", false, map[string]paceline.RightLevel{tenant.AreaAccounts: paceline.EditRight})
		must(err)
		_, err = create(as(helper), "more", false, map[string]paceline.RightLevel{tenant.AreaAccounts: paceline.ManageRight})
		wantCode(t, "rights that the giver has not", err, paceline.CodeForbidden)
		_, err = create(as(helper), "full", true, nil)
		wantCode(t, "all rights", err, paceline.CodeForbidden)
		_, err = create(system, "Boss", true, nil)
		wantCode(t, "a name in use", err, paceline.CodeFieldInvalid)
		_, err = create(system, "lost", false, map[string]paceline.RightLevel{"Kitchen": paceline.ViewRight})
		wantCode(t, "an unknown area", err, paceline.CodeFieldInvalid)
		_, err = create(paceline.Principal{Kind: paceline.ClientPrincipal, Partner: boss.Partner, Name: "client"}, "bot", true, nil)
		wantCode(t, "an API client", err, paceline.CodeForbidden)
		_, err = h.UpdateConsoleUser(ctx, as(helper), boss.ID, tenant.ConsoleUserPatch{Password: tenant.Value("another password!")})
		wantCode(t, "the password of one with more rights", err, paceline.CodeForbidden)
		wantCode(t, "oneself", h.DeleteConsoleUser(ctx, as(boss), boss.ID), paceline.CodeFieldInvalid)
		all, err := h.ConsoleUsers(ctx, system)
		must(err)
		for _, u := range all {
			if u.Rights.Full && u.ID != boss.ID {
				must(h.DeleteConsoleUser(ctx, as(boss), u.ID))
			}
		}
		_, err = h.UpdateConsoleUser(ctx, as(boss), boss.ID, tenant.ConsoleUserPatch{Full: tenant.Value(false)})
		wantCode(t, "the last one with all rights", err, paceline.CodeFieldInvalid)
		wantCode(t, "the last one by the server", h.DeleteConsoleUser(ctx, system, boss.ID), paceline.CodeFieldInvalid)
	})
}
