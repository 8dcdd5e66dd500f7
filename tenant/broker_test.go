package tenant_test

import (
	"testing"
	"time"

	"paceline"
	"paceline/internal/seal"
	"paceline/tenant"
)

// TestLockCredentials: what one server locks another heeds within seconds, also one that starts then; the audit log of every
// partner tells of it.
func TestLockCredentials(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		a := h.account(t, "northwind", "")
		sealer := seal.New(seal.NewKey())
		if _, err := h.RotateInstallationKey(ctx, sealer); err != nil { // one that others can open it with
			t.Fatal(err)
		}
		another := func() *tenant.Tenant {
			in, err := tenant.OpenInstallation(ctx, h.store, sealer)
			if err != nil {
				t.Fatal(err)
			}
			return tenant.New(tenant.Config{Store: h.store, Installation: in, Clock: h.clock})
		}
		other := another()
		key, err := h.KeyOf(ctx, a.Num)
		if err != nil {
			t.Fatal(err)
		}
		sealed := key.SealSecret([]byte("hunter2"), "x/auth/", a.Partner, a.Num)
		opens := func(what string, room *tenant.Tenant, want bool) {
			t.Helper()
			plain, err := room.Broker().Open(ctx, sealed, "x/auth/", a.Partner, a.Num)
			if want && (err != nil || string(plain) != "hunter2") {
				t.Errorf("%s: %q %v", what, plain, err)
			}
			if !want {
				wantCode(t, what, err, paceline.CodeCredentialsLocked)
				wantCode(t, what, room.Broker().Check(ctx), paceline.CodeCredentialsLocked)
			}
		}
		lock := func(lock, want bool) {
			t.Helper()
			if changed, err := h.LockCredentials(ctx, lock); err != nil || changed != want {
				t.Fatalf("lock %v: %v %v", lock, changed, err)
			}
		}
		opens("here", h.Tenant, true)
		opens("there", other, true)
		lock(false, false)
		lock(true, true)
		lock(true, false)
		opens("locked here", h.Tenant, false)
		opens("locked at a server that starts", another(), false)
		h.clock.add(5 * time.Second)
		opens("locked there", other, false)
		if _, err := other.KeyOf(ctx, a.Num); err != nil { // data are read, and credentials sealed
			t.Errorf("the key of an account while credentials are locked: %v", err)
		}
		lock(false, true)
		opens("unlocked here", h.Tenant, true)
		other.Forget() // what a change at another server comes to
		opens("unlocked there", other, true)
		events := map[string]int{}
		list, err := h.AuditEvents(ctx, h.p, tenant.AuditFilter{}, paceline.Page{Number: 1, Size: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list.Items {
			events[e.Action]++
		}
		if events["credentials.locked"] != 1 || events["credentials.unlocked"] != 1 {
			t.Errorf("the audit log tells %v", events)
		}
	})
}
