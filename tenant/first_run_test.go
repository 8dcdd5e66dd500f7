package tenant_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// Servers that start at once on an empty database agree on one installation and one partner, and only one
// of them is handed its secrets.
func TestFirstRunInParallel(t *testing.T) {
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		s := open(t)
		key := seal.NewKey()
		var created, secrets atomic.Int64
		var wait sync.WaitGroup
		ids := make([]paceline.ID, 8)
		for i := range ids {
			wait.Go(func() {
				in, err := tenant.OpenInstallation(t.Context(), s, seal.New(key))
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = in.IDs.Encode(1)
				room := tenant.New(tenant.Config{Store: s, Installation: in})
				c, mine, err := room.FirstRun(t.Context(), tenant.FirstRunOptions{PartnerName: "Vendor", Credentials: true})
				if err != nil || c.Partner == 0 {
					t.Errorf("first run: %+v, %v", c, err)
				}
				if mine {
					created.Add(1)
				}
				if c.ClientSecret != "" || c.AdminPassword != "" {
					secrets.Add(1)
				}
			})
		}
		wait.Wait()
		if created.Load() != 1 || secrets.Load() != 1 {
			t.Errorf("%d were told created, %d got secrets; want 1 and 1", created.Load(), secrets.Load())
		}
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("the servers have different id keys: %v", ids)
			}
		}
		in, err := tenant.OpenInstallation(t.Context(), s, seal.New(key))
		if err != nil {
			t.Fatal(err)
		}
		room := tenant.New(tenant.Config{Store: s, Installation: in})
		partners, err := room.Partners(t.Context())
		if err != nil || len(partners) != 1 || partners[0].Name != "Vendor" {
			t.Fatalf("partners %+v, %v", partners, err)
		}
		clients, err := room.Clients(t.Context(), paceline.SystemPrincipalOf(partners[0].Num))
		if err != nil || len(clients) != 1 {
			t.Errorf("clients %+v, %v", clients, err)
		}
	})
}

func TestFirstRunLink(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		system := paceline.SystemPrincipalOf(h.p.Partner)
		link := func() string {
			t.Helper()
			secret, err := h.CreateFirstRunLink(ctx, system)
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		const password = "my own secret."
		secret := link()
		wantCode(t, "look at the link", h.CheckFirstRunLink(ctx, secret), "")
		_, err := h.UseFirstRunLink(ctx, secret, tenant.FirstRunForm{UserName: "", Password: "too weak"})
		wantCode(t, "a weak password", err, paceline.CodeFieldInvalid)
		_, err = h.UseFirstRunLink(ctx, "guessed", tenant.FirstRunForm{UserName: "", Password: password})
		wantCode(t, "a guessed link", err, paceline.CodeDenied)

		var used atomic.Int64
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				c, err := h.UseFirstRunLink(ctx, secret, tenant.FirstRunForm{UserName: "", Password: password})
				if err == nil {
					used.Add(1)
					if c.AdminUser != h.first.AdminUser || c.AdminPassword != "" {
						t.Errorf("credentials %+v", c)
					}
					_, err = h.IssueToken(ctx, tenant.TokenRequest{GrantType: "client_credentials", ClientID: c.ClientID, ClientSecret: c.ClientSecret})
					if err != nil {
						t.Errorf("the link's client: %v", err)
					}
				} else if paceline.CodeOf(err) != paceline.CodeDenied {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if used.Load() != 1 {
			t.Errorf("the link worked %d times", used.Load())
		}
		wantCode(t, "look at a used link", h.CheckFirstRunLink(ctx, secret), paceline.CodeDenied)
		_, err = h.SignIn(ctx, h.p.Partner, h.first.AdminUser, password)
		wantCode(t, "sign in with the new password", err, "")
		_, err = h.SignIn(ctx, h.p.Partner, h.first.AdminUser, h.first.AdminPassword)
		wantCode(t, "sign in with the old password", err, paceline.CodeDenied)

		if _, err = h.UseFirstRunLink(ctx, link(), tenant.FirstRunForm{UserName: "second", Password: password, PartnerName: " Stockwise "}); err != nil {
			t.Fatal(err)
		}
		_, err = h.SignIn(ctx, h.p.Partner, "second", password)
		wantCode(t, "an administrator of another name", err, "")
		partners, err := h.Partners(ctx)
		if err != nil || partners[0].Name != "Stockwise" {
			t.Errorf("the partner is %+v, %v", partners, err)
		}
		_, err = h.UseFirstRunLink(ctx, link(), tenant.FirstRunForm{UserName: "third", Password: password, PartnerName: strings.Repeat("x", 300)})
		wantCode(t, "a name that is too long", err, paceline.CodeFieldInvalid)

		late := link()
		h.clock.add(60 * time.Minute)
		wantCode(t, "look at a late link", h.CheckFirstRunLink(ctx, late), paceline.CodeDenied)
		_, err = h.UseFirstRunLink(ctx, late, tenant.FirstRunForm{UserName: "", Password: password})
		wantCode(t, "a late link", err, paceline.CodeDenied)
	})
}

// With a key check value in the database nothing but that key opens it, and no new key is made.
func TestInstallationKey(t *testing.T) {
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		ctx := t.Context()
		s := open(t)
		has := func(want bool) {
			t.Helper()
			if got, err := tenant.HasInstallationKey(ctx, s); err != nil || got != want {
				t.Errorf("has a key: %v, %v; want %v", got, err, want)
			}
		}
		has(false)
		if _, err := tenant.OpenInstallation(ctx, s, nil); !errors.Is(err, tenant.ErrKeyNeeded) {
			t.Errorf("a new database without key: %v", err)
		}
		has(false)
		old, next := seal.New(seal.NewKey()), seal.New(seal.NewKey())
		in, err := tenant.OpenInstallation(ctx, s, old)
		if err != nil {
			t.Fatal(err)
		}
		has(true)
		id := in.IDs.Encode(42)
		room := tenant.New(tenant.Config{Store: s, Installation: in})
		c, _, err := room.FirstRun(ctx, tenant.FirstRunOptions{})
		if err != nil || c.ClientID != "" || c.AdminUser != "" {
			t.Fatalf("first run of a partner alone: %+v, %v", c, err)
		}
		p := paceline.SystemPrincipalOf(c.Partner)
		a, err := room.CreateAccount(ctx, p, tenant.AccountPatch{Name: tenant.Value("a")})
		if err != nil {
			t.Fatal(err)
		}
		key, err := room.KeyOf(ctx, a.Num)
		if err != nil {
			t.Fatal(err)
		}
		sealed := key.SealSecret([]byte("secret"), "entry", a.Num)

		if _, err := tenant.OpenInstallation(ctx, s, nil); !errors.Is(err, tenant.ErrKeyMissing) {
			t.Errorf("without its key: %v", err)
		}
		if _, err := tenant.OpenInstallation(ctx, s, next); !errors.Is(err, tenant.ErrKeyWrong) {
			t.Errorf("with another key: %v", err)
		}
		if _, err := room.RotateInstallationKey(ctx, old); !errors.Is(err, tenant.ErrKeySame) {
			t.Errorf("rotate to the key in use: %v", err)
		}
		if n, err := room.RotateInstallationKey(ctx, next); err != nil || n != 3 {
			t.Errorf("rotated %d keys, %v; want the id key, the partner's and the account's", n, err)
		}
		if _, err := tenant.OpenInstallation(ctx, s, old); !errors.Is(err, tenant.ErrKeyWrong) {
			t.Errorf("with the old key after rotation: %v", err)
		}
		if in, err = tenant.OpenInstallation(ctx, s, next); err != nil {
			t.Fatal(err)
		}
		if in.IDs.Encode(42) != id {
			t.Error("transaction ids changed with the installation key")
		}
		room = tenant.New(tenant.Config{Store: s, Installation: in})
		if key, err = room.KeyOf(ctx, a.Num); err != nil {
			t.Fatal(err)
		}
		if plain, err := key.OpenOwn(sealed, "entry", a.Num); err != nil || string(plain) != "secret" {
			t.Errorf("after rotation a secret opens as %q, %v", plain, err)
		}
		if _, err := room.PartnerKeyOf(ctx, c.Partner); err != nil {
			t.Error(err)
		}
	})
}

// The keys outlive a restart.
func TestKeysAfterRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "paceline.db")
	sealer := seal.New(seal.NewKey())
	var sealed []byte
	var num int64
	for i := range 2 {
		s, err := store.Open(t.Context(), store.Options{Path: path, BallastBytes: -1})
		if err != nil {
			t.Fatal(err)
		}
		in, err := tenant.OpenInstallation(t.Context(), s, sealer)
		if err != nil {
			t.Fatal(err)
		}
		room := tenant.New(tenant.Config{Store: s, Installation: in})
		c, created, err := room.FirstRun(t.Context(), tenant.FirstRunOptions{})
		if err != nil || created != (i == 0) {
			t.Fatalf("first run: created %v, %v", created, err)
		}
		if i == 0 {
			a, err := room.CreateAccount(t.Context(), paceline.SystemPrincipalOf(c.Partner), tenant.AccountPatch{Name: tenant.Value("a")})
			if err != nil {
				t.Fatal(err)
			}
			num = a.Num
		}
		key, err := room.KeyOf(t.Context(), num)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			sealed = key.SealSecret([]byte("secret"), "entry", num)
		} else if plain, err := key.OpenOwn(sealed, "entry", num); err != nil || string(plain) != "secret" {
			t.Errorf("opened %q, %v", plain, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
