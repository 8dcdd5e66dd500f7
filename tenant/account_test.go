package tenant_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/tenant"
)

func TestCreateAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		root := h.account(t, "root", "")
		sub := h.account(t, "sub", "root")
		if sub.Root != root.Num || sub.Parent != root.Num || sub.ParentID != "root" {
			t.Errorf("sub account %+v does not stand under root %d", sub, root.Num)
		}
		name := tenant.Value("Some name")
		v := func(s string) tenant.Patch[string] { return tenant.Value(s) }
		for _, c := range []struct {
			what  string
			patch tenant.AccountPatch
			want  string // message, "" for success
			check func(a paceline.Account) bool
		}{
			{"no name", tenant.AccountPatch{}, "Name is required", nil},
			{"empty name", tenant.AccountPatch{Name: v(" ")}, "Name is required", nil},
			{"null name", tenant.AccountPatch{Name: tenant.Null[string]()}, "Name is required", nil},
			{"NUL in the name", tenant.AccountPatch{Name: v("a\x00b")}, "The value of Name is invalid: it contains a NUL character", nil},
			{"id in use", tenant.AccountPatch{Name: name, ID: v("root")}, "ID already in use", nil},
			{"id in another case", tenant.AccountPatch{Name: name, ID: v("ROOT")}, "", func(a paceline.Account) bool { return a.APIID == "ROOT" }},
			{"id that is a GUID of ours", tenant.AccountPatch{Name: name, ID: v(string(root.ID))}, "ID already in use", nil},
			{"id that is a GUID of ours in capitals", tenant.AccountPatch{Name: name, ID: v(upper(root.ID))}, "ID already in use", nil},
			{"id with a control character", tenant.AccountPatch{Name: name, ID: v("a\nb")}, "ID is invalid: it contains a control character", nil},
			{"id with white space around", tenant.AccountPatch{Name: name, ID: v(" a")}, "ID is invalid: it begins or ends with white space", nil},
			{"no id", tenant.AccountPatch{Name: name}, "", func(a paceline.Account) bool { return a.APIID == string(a.ID) && a.ID != "" }},
			{"empty id", tenant.AccountPatch{Name: name, ID: v("")}, "", func(a paceline.Account) bool { return a.APIID == string(a.ID) }},
			{"unknown parent", tenant.AccountPatch{Name: name, ParentAccountID: v("nobody")}, "Parent account not found", nil},
			{"a sub account as parent", tenant.AccountPatch{Name: name, ParentAccountID: v("sub")}, "Parent account not found", nil},
			{"parent by GUID", tenant.AccountPatch{Name: name, ParentAccountID: v(string(root.ID))}, "", func(a paceline.Account) bool { return a.Root == root.Num }},
			{"defaults", tenant.AccountPatch{Name: name}, "", func(a paceline.Account) bool {
				return a.Timezone == "Etc/UTC" && a.NextBillDate.Time().Equal(time.Date(2026, 2, 28, 10, 30, 0, 0, time.UTC)) &&
					a.CreatedAt.Time().Equal(start) && a.Retention.SuccessHours == nil && a.Root == a.Num
			}},
			{"zone", tenant.AccountPatch{Name: name, Timezone: v("Europe/Berlin")}, "", func(a paceline.Account) bool { return a.Timezone == "Europe/Berlin" }},
			{"bad zone", tenant.AccountPatch{Name: name, Timezone: v("Europe/Atlantis")}, "Timezone is invalid", nil},
			{"local zone", tenant.AccountPatch{Name: name, Timezone: v("Local")}, "Timezone is invalid", nil},
			{"zone by path", tenant.AccountPatch{Name: name, Timezone: v("../zoneinfo/UTC")}, "Timezone is invalid", nil},
			{"negative retention", tenant.AccountPatch{Name: name, SuccessRetentionHours: tenant.Value(-3)},
				"StepDataSuccessRetentionHours (-3): must be non negative", nil},
			{"negative error retention", tenant.AccountPatch{Name: name, ErrorRetentionHours: tenant.Value(-1)},
				"StepDataErroredRetentionHours (-1): must be non negative", nil},
			{"long retention", tenant.AccountPatch{Name: name, SuccessRetentionHours: tenant.Value(745), ErrorRetentionHours: tenant.Value(0)}, "",
				func(a paceline.Account) bool { return *a.Retention.SuccessHours == 744 && *a.Retention.ErrorHours == 0 }},
			{"webhook without URL", tenant.AccountPatch{Name: name, ErrorWebhookEnabled: tenant.Value(true)},
				"Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined", nil},
			{"webhook with empty URL", tenant.AccountPatch{Name: name, ErrorWebhookEnabled: tenant.Value(true), ErrorWebhookURL: v("")},
				"Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined", nil},
			{"webhook of white space", tenant.AccountPatch{Name: name, ErrorWebhookEnabled: tenant.Value(true), ErrorWebhookURL: v("    ")},
				"https://     is not a valid URL", nil},
			{"webhook of another scheme", tenant.AccountPatch{Name: name, ErrorWebhookURL: v("ftp://host/x")}, "ftp://host/x is not a valid URL", nil},
			{"webhook without scheme", tenant.AccountPatch{Name: name, ErrorWebhookEnabled: tenant.Value(true), ErrorWebhookURL: v("example.com:8443/x?y=1")}, "",
				func(a paceline.Account) bool { return *a.ErrorWebhook.URL == "https://example.com:8443/x?y=1" }},
			{"webhook with scheme", tenant.AccountPatch{Name: name, ErrorWebhookURL: v("http://example.com/")}, "",
				func(a paceline.Account) bool {
					return *a.ErrorWebhook.URL == "http://example.com/" && !a.ErrorWebhook.Enabled
				}},
		} {
			a, err := h.CreateAccount(t.Context(), h.p, c.patch)
			if message(err) != c.want {
				t.Errorf("%s: message %q (%v), want %q", c.what, message(err), err, c.want)
				continue
			}
			if err != nil {
				continue
			}
			stored, err := h.GetAccount(t.Context(), h.p, a.APIID)
			if err != nil {
				t.Errorf("%s: read it back: %v", c.what, err)
			} else if c.check != nil && (!c.check(a) || !c.check(stored)) {
				t.Errorf("%s: answered %+v, stored %+v", c.what, a, stored)
			}
		}
	})
}

// Of many creations with one id at once exactly one succeeds, and all others are told that it is in use.
func TestCreateAccountInParallel(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		var made, inUse atomic.Int64
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				_, err := h.CreateAccount(t.Context(), h.p, tenant.AccountPatch{ID: tenant.Value("one"), Name: tenant.Value("One")})
				switch paceline.CodeOf(err) {
				case paceline.CodeAccountIDInUse:
					inUse.Add(1)
				default:
					if err != nil {
						t.Error(err)
					}
					made.Add(1)
				}
			})
		}
		wait.Wait()
		if made.Load() != 1 || inUse.Load() != 49 {
			t.Errorf("made %d, told in use %d; want 1 and 49", made.Load(), inUse.Load())
		}
	})
}

func message(err error) string {
	if e, ok := errors.AsType[*paceline.Error](err); ok {
		return e.Message()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func upper(id paceline.ID) string {
	b := []byte(id)
	for i, c := range b {
		if c >= 'a' && c <= 'f' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
