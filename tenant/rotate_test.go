package tenant_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// Two servers make accounts while one of them rotates the installation key, three times. Whatever was made
// before, meanwhile and afterwards opens after a restart with the last key, and with no other.
func TestRotateWhileAccountsAreMade(t *testing.T) {
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		ctx := t.Context()
		s := open(t)
		sealer := seal.New(seal.NewKey())
		var configured atomic.Pointer[seal.Sealer] // what the other server's key file holds
		configured.Store(sealer)
		rooms := make([]*tenant.Tenant, 2)
		for i := range rooms {
			in, err := tenant.OpenInstallation(ctx, s, sealer)
			if err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				in.Again = func() (*seal.Sealer, error) { return configured.Load(), nil }
			}
			rooms[i] = tenant.New(tenant.Config{Store: s, Installation: in})
		}
		first, _, err := rooms[0].FirstRun(ctx, tenant.FirstRunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p := paceline.SystemPrincipalOf(first.Partner)

		made := make(chan int64, 1000)
		var makers sync.WaitGroup
		for i := range 8 {
			makers.Go(func() {
				for n := range 12 {
					a, err := rooms[i%2].CreateAccount(ctx, p, tenant.AccountPatch{Name: tenant.Value(fmt.Sprint(i, n))})
					if paceline.CodeOf(err) == paceline.CodeBusy && i%2 == 1 && errors.Is(err, tenant.ErrKeyRotated) {
						continue // refused until its file holds the new key
					}
					if err != nil {
						t.Errorf("create: %v", err)
						continue
					}
					made <- a.Num
					if _, err := rooms[i%2].KeyOf(ctx, a.Num); err != nil && !errors.Is(err, tenant.ErrKeyRotated) {
						t.Errorf("open: %v", err)
					}
				}
			})
		}
		last := sealer
		for range 3 {
			last = seal.New(seal.NewKey())
			if _, err := rooms[0].RotateInstallationKey(ctx, last); err != nil {
				t.Errorf("rotate: %v", err)
			}
			configured.Store(last)
		}
		makers.Wait()
		for _, room := range rooms {
			a, err := room.CreateAccount(ctx, p, tenant.AccountPatch{Name: tenant.Value("afterwards")})
			if err != nil {
				t.Fatal(err)
			}
			made <- a.Num
		}
		close(made)

		if _, err := tenant.OpenInstallation(ctx, s, sealer); !errors.Is(err, tenant.ErrKeyWrong) {
			t.Errorf("with the first key: %v", err)
		}
		in, err := tenant.OpenInstallation(ctx, s, last)
		if err != nil {
			t.Fatal(err)
		}
		restarted := tenant.New(tenant.Config{Store: s, Installation: in})
		n := 0
		for num := range made {
			n++
			if _, err := restarted.KeyOf(ctx, num); err != nil {
				t.Errorf("account %d: %v", num, err)
			}
		}
		if n < 8*12/2 {
			t.Errorf("only %d accounts were made", n)
		}
		if _, err := restarted.PartnerKeyOf(ctx, first.Partner); err != nil {
			t.Error(err)
		}
	})
}

// A server whose key was rotated by another one opens nothing new until it finds the new key, and says why;
// then it goes on by itself.
func TestRotatedElsewhere(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		a := h.account(t, "northwind", "")
		old, next := seal.New(seal.NewKey()), seal.New(seal.NewKey())
		if _, err := h.RotateInstallationKey(ctx, old); err != nil {
			t.Fatal(err)
		}
		in, err := tenant.OpenInstallation(ctx, h.store, old)
		if err != nil {
			t.Fatal(err)
		}
		key := old
		in.Again = func() (*seal.Sealer, error) { return key, nil }
		other := tenant.New(tenant.Config{Store: h.store, Installation: in, Clock: h.clock})
		if _, err := h.RotateInstallationKey(ctx, next); err != nil {
			t.Fatal(err)
		}
		_, err = other.KeyOf(ctx, a.Num)
		wantCode(t, "open with the old key", err, paceline.CodeBusy)
		if !errors.Is(err, tenant.ErrKeyRotated) {
			t.Errorf("the cause is %v", err)
		}
		_, err = other.CreateAccount(ctx, h.p, tenant.AccountPatch{Name: tenant.Value("x")})
		wantCode(t, "create with the old key", err, paceline.CodeBusy)
		_, err = other.CreatePartner(ctx, "x")
		wantCode(t, "create a partner with the old key", err, paceline.CodeBusy)
		key = next
		if _, err := other.KeyOf(ctx, a.Num); err != nil {
			t.Errorf("open with the new key: %v", err)
		}
		if _, err := other.CreateAccount(ctx, h.p, tenant.AccountPatch{Name: tenant.Value("x")}); err != nil {
			t.Errorf("create with the new key: %v", err)
		}
	})
}
