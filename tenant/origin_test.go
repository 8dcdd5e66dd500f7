package tenant_test

import (
	"testing"

	"paceline"
	"paceline/tenant"
)

func TestReturnTo(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for _, bad := range []string{"*", "app.example.com", "https://*.example.com", "https://app.example.com/x", "javascript:alert(1)", "https://u@app.example.com"} {
			if _, err := h.UpdateSettings(ctx, h.p, tenant.SettingsPatch{Origins: tenant.Value([]string{bad})}); paceline.CodeOf(err) != paceline.CodeFieldInvalid {
				t.Errorf("%s was registered: %v", bad, err)
			}
		}
		s, err := h.UpdateSettings(ctx, h.p, tenant.SettingsPatch{Origins: tenant.Value([]string{"https://App.example.com:443/", "http://localhost:3000", "https://app.example.com"})})
		if err != nil || len(s.Origins) != 2 {
			t.Fatalf("got %q, %v", s.Origins, err)
		}
		check := func(target, want string) {
			t.Helper()
			got, err := h.ReturnTo(ctx, h.p.Partner, "https://service.example.com", target)
			if got != want || (err == nil) != (want != "") {
				t.Errorf("%s: got %q, %v", target, got, err)
			}
		}
		check("https://app.example.com/a?b#c", "https://app.example.com")
		check("https://APP.example.com:443/", "https://app.example.com")
		check("http://localhost:3000/x", "http://localhost:3000")
		check("https://service.example.com/console", "https://service.example.com")
		for _, bad := range []string{"", "*", "/x", "//app.example.com", "http://app.example.com", "https://app.example.com:8443", "https://app.example.com.evil.example",
			"https://app.example.com@evil.example", "https:app.example.com", "https://app.example.com\\@evil.example", "https://app.example.com\n", "javascript:alert(1)", "data:text/html,x"} {
			check(bad, "")
		}
		if _, err := h.UpdateSettings(ctx, h.p, tenant.SettingsPatch{AnyTargetOrigin: tenant.Value(true), Origins: tenant.Null[[]string]()}); err != nil {
			t.Fatal(err)
		}
		check("https://anything.example/", "https://anything.example")
		check("javascript:alert(1)", "")
	})
}

// TestServiceURLIsOnePartners: a service domain is one partner's, and the address of its pages alone.
func TestServiceURLIsOnePartners(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		second, err := h.CreatePartner(ctx, "Two")
		must(err)
		set := func(partner int64, url string) error {
			_, err := h.UpdateSettings(ctx, paceline.SystemPrincipalOf(partner), tenant.SettingsPatch{ServiceURL: tenant.Value(url)})
			return err
		}
		const installation = "https://flows.example.com"
		must(set(h.p.Partner, "https://One.example.com/"))
		if err := set(second.Num, "https://one.example.com"); paceline.CodeOf(err) != paceline.CodeFieldInvalid {
			t.Errorf("another partner's is taken: %v", err)
		}
		for partner, want := range map[int64]string{h.p.Partner: "https://one.example.com", second.Num: installation} {
			if got := h.ServiceURL(ctx, partner, installation); got != want {
				t.Errorf("partner %d is at %s, want %s", partner, got, want)
			}
		}
		at, found, err := h.PartnerAt(ctx, "ONE.example.com")
		must(err)
		if !found || at.Num != h.p.Partner {
			t.Errorf("the host is that of %q", at.Name)
		}
		if _, found, err := h.PartnerAt(ctx, ""); found || err != nil {
			t.Errorf("no host is somebody's: %v", err)
		}
		must(set(h.p.Partner, ""))
		must(set(second.Num, "https://one.example.com"))
	})
}
