package tenant_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
	"paceline/tenant"
)

// target reads where the account's errors go.
func (h *house) target(t *testing.T, account int64) engine.NoticeTarget {
	t.Helper()
	target, err := h.NoticeTarget(t.Context(), account, 0)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// TestErrorWebhookOfAnAccount: the account's own setting counts while it is enabled, else the partner's.
func TestErrorWebhookOfAnAccount(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		a := h.account(t, "northwind", "")
		if got := h.target(t, a.Num); got.URL != "" || got.Account.ID != a.ID {
			t.Errorf("without settings: %+v", got)
		}
		if _, err := h.UpdateSettings(t.Context(), h.p, tenant.SettingsPatch{
			ErrorWebhookEnabled: tenant.Value(true), ErrorWebhookURL: tenant.Value("https://partner.example/"), ErrorWebhookIncludeWarnings: tenant.Value(true),
		}); err != nil {
			t.Fatal(err)
		}
		partners := h.target(t, a.Num)
		if partners.URL != "https://partner.example/" || !partners.Warnings || partners.Owner.Scope != (paceline.Scope{Partner: a.Partner}) {
			t.Errorf("the partner's: %+v", partners)
		}
		if _, err := h.UpdateAccount(t.Context(), h.p, "northwind", tenant.AccountPatch{
			ErrorWebhookEnabled: tenant.Value(true), ErrorWebhookURL: tenant.Value("https://own.example/"),
		}); err != nil {
			t.Fatal(err)
		}
		own := h.target(t, a.Num)
		if own.URL != "https://own.example/" || own.Warnings || own.Owner.Scope != a.Scope() {
			t.Errorf("the account's own: %+v", own)
		}
		if len(own.Secrets) != 1 || len(partners.Secrets) != 1 || own.Secrets[0] == partners.Secrets[0] || !strings.HasPrefix(own.Secrets[0], "whsec_") {
			t.Errorf("secrets %v and %v", own.Secrets, partners.Secrets)
		}
		if err := h.store.InTx(t.Context(), h.p.PartnerScope(), func(tx *store.Tx) error {
			return tx.SetBranding(h.p.PartnerScope(), `{"UserAgent":"Harbour/1"}`, 1)
		}); err != nil {
			t.Fatal(err)
		}
		if own.UserAgent != "" || h.target(t, a.Num).UserAgent != "Harbour/1" {
			t.Errorf("the partner's name is %q", h.target(t, a.Num).UserAgent)
		}
		if again := h.target(t, a.Num); !slices.Equal(again.Secrets, own.Secrets) {
			t.Errorf("the secret changed by itself")
		}
	})
}

// TestErrorWebhookGone: an address that is gone gets nothing until it is set again, even to the same.
func TestErrorWebhookGone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		a := h.account(t, "northwind", "")
		set := func(url string) {
			t.Helper()
			if _, err := h.UpdateAccount(t.Context(), h.p, "northwind", tenant.AccountPatch{
				ErrorWebhookEnabled: tenant.Value(true), ErrorWebhookURL: tenant.Value(url),
			}); err != nil {
				t.Fatal(err)
			}
		}
		set("https://one.example/")
		first := h.target(t, a.Num)
		if err := h.NoticeGone(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if got := h.target(t, a.Num); got.URL != "" {
			t.Errorf("after 410 the target is %s", got.URL)
		}
		set("https://one.example/")
		if got := h.target(t, a.Num); got.URL != first.URL || !slices.Equal(got.Secrets, first.Secrets) {
			t.Errorf("after it was set again: %+v", got)
		}
	})
}

// TestErrorWebhookSecret: a new secret signs at once, the one before for another day; both doors are guarded.
func TestErrorWebhookSecret(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		a := h.account(t, "northwind", "")
		if _, err := h.UpdateAccount(t.Context(), h.p, "northwind", tenant.AccountPatch{
			ErrorWebhookEnabled: tenant.Value(true), ErrorWebhookURL: tenant.Value("https://one.example/"),
		}); err != nil {
			t.Fatal(err)
		}
		first := h.target(t, a.Num).Secrets
		second, err := h.NewErrorWebhookSecret(t.Context(), h.p, "northwind")
		if err != nil {
			t.Fatal(err)
		}
		if got := h.target(t, a.Num).Secrets; len(got) != 2 || got[0] != second || got[1] != first[0] {
			t.Errorf("after the change: %v, want %s and %v", got, second, first)
		}
		h.clock.add(24*time.Hour + time.Second)
		if got := h.target(t, a.Num).Secrets; !slices.Equal(got, []string{second}) {
			t.Errorf("a day later: %v", got)
		}
		if _, err := h.NewErrorWebhookSecret(t.Context(), h.p, ""); err != nil {
			t.Errorf("the partner's: %v", err)
		}
		restricted := h.p
		restricted.RestrictedTo = a.Num
		_, err = h.NewErrorWebhookSecret(t.Context(), restricted, "northwind")
		wantCode(t, "a restricted caller", err, paceline.CodeDenied)
		_, err = h.NewErrorWebhookSecret(t.Context(), h.stranger(t), "northwind")
		wantCode(t, "an account that is not there", err, paceline.CodeNotFound)
		if _, err := h.DeleteAccount(t.Context(), h.p, "northwind"); err != nil {
			t.Fatal(err)
		}
		_, err = h.NoticeTarget(t.Context(), a.Num, 0)
		wantCode(t, "an account that is not there", err, paceline.CodeNotFound)
	})
}
