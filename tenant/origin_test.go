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
