package tenant_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// victimOrder is what a child process of the kill tests is told: it does the act and dies at its point.
type victimOrder struct {
	Path, URL string
	Point     killpoint.Point
	Act       string // rotate, delete
	Key, Next string
	Partner   int64
}

const victimEnv = "PACELINE_TENANT_VICTIM"

// TestMain runs this binary as a victim when the parent asks for one.
func TestMain(m *testing.M) {
	if order := os.Getenv(victimEnv); order != "" {
		runAsVictim(order)
		return
	}
	killRequests.Victim()
	killNodes.Victim()
	killFirst.Victim()
	os.Exit(m.Run())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func sealerOf(text string) *seal.Sealer { return seal.New(must(seal.ParseKey(text))) }

func runAsVictim(text string) {
	var o victimOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	killpoint.Hook = func(p killpoint.Point) {
		if p == o.Point {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
	ctx := context.Background()
	s := must(store.Open(ctx, store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1}))
	room := tenant.New(tenant.Config{Store: s, Installation: must(tenant.OpenInstallation(ctx, s, sealerOf(o.Key)))})
	var err error
	switch o.Act {
	case "rotate":
		_, err = room.RotateInstallationKey(ctx, sealerOf(o.Next))
	case "delete":
		_, err = room.DeleteAccount(ctx, paceline.SystemPrincipalOf(o.Partner), "northwind")
	}
	panic(fmt.Sprintf("still alive after %s: %v", o.Act, err))
}

// kill runs a victim until it is dead.
func kill(t *testing.T, o victimOrder) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victimEnv+"="+string(must(json.Marshal(o))))
	out, _ := cmd.CombinedOutput()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the victim was not killed: %s\n%s", cmd.ProcessState, out)
	}
}

// TestKillTenant kills a server while it rotates the installation key, and while it deletes an account with more sub
// accounts than one transaction takes. All of it is done or nothing is, transaction by transaction, and the same again
// carries it to its end.
func TestKillTenant(t *testing.T) {
	const subs = 60
	databases := map[string]func(*testing.T) (store.Options, victimOrder){
		"sqlite": func(t *testing.T) (store.Options, victimOrder) {
			o := storetest.SQLite(t)
			return o, victimOrder{Path: o.Path}
		},
		"postgres": func(t *testing.T) (store.Options, victimOrder) {
			o := storetest.Postgres(t)
			return o, victimOrder{URL: o.URL}
		},
	}
	for _, c := range []struct {
		point  killpoint.Point
		act    string
		opens  bool // with the new key
		exists int  // accounts that are left of the family
	}{
		{killpoint.RotateBeforeCommit, "rotate", false, subs + 1},
		{killpoint.RotateAfterCommit, "rotate", true, subs + 1},
		{killpoint.EraseBeforeCommit, "delete", false, subs + 1},
		{killpoint.EraseAfterCommit, "delete", false, subs + 1 - 50},
	} {
		for database, options := range databases {
			t.Run(string(c.point)+" "+database, func(t *testing.T) {
				t.Parallel()
				o, order := options(t)
				o.BallastBytes = -1
				old, next := seal.NewKey().Encode(), seal.NewKey().Encode()
				order.Point, order.Act, order.Key, order.Next = c.point, c.act, old, next
				order.Partner = furnish(t, o, old, subs)
				kill(t, order)
				checkKilled(t, o, order, c.opens, c.exists)
			})
		}
	}
}

// furnish makes a partner and an account with sub accounts, and closes the database.
func furnish(t *testing.T, o store.Options, key string, subs int) int64 {
	t.Helper()
	ctx := t.Context()
	s := must(store.Open(ctx, o))
	defer s.Close()
	room := tenant.New(tenant.Config{Store: s, Installation: must(tenant.OpenInstallation(ctx, s, sealerOf(key)))})
	first, _, err := room.FirstRun(ctx, tenant.FirstRunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := paceline.SystemPrincipalOf(first.Partner)
	parent := must(room.CreateAccount(ctx, p, tenant.AccountPatch{ID: tenant.Value("northwind"), Name: tenant.Value("Northwind")}))
	for i := range subs {
		must(room.CreateAccount(ctx, p, tenant.AccountPatch{Name: tenant.Value(fmt.Sprint("Sub ", i)), ParentAccountID: tenant.Value(parent.APIID)}))
	}
	return first.Partner
}

func checkKilled(t *testing.T, o store.Options, order victimOrder, rotated bool, exists int) {
	ctx := t.Context()
	s := storetest.Open(t, o)
	right, wrong := sealerOf(order.Key), sealerOf(order.Next)
	if rotated {
		right, wrong = wrong, right
	}
	if _, err := tenant.OpenInstallation(ctx, s, wrong); !errors.Is(err, tenant.ErrKeyWrong) {
		t.Errorf("with the other key: %v", err)
	}
	room := tenant.New(tenant.Config{Store: s, Installation: must(tenant.OpenInstallation(ctx, s, right))})
	p := paceline.SystemPrincipalOf(order.Partner)
	// family are the accounts that are there, the parent among them; each opens with its key.
	family := func() (n int) {
		parent, err := room.GetAccount(ctx, p, "northwind")
		if paceline.KindOf(err) == paceline.NotFound {
			return 0
		}
		if err != nil {
			t.Fatal(err)
		}
		var all []paceline.Account
		err = s.Read(ctx, func(tx *store.Tx) (err error) {
			all, err = tx.SubAccounts(p.PartnerScope(), parent.Num)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range append(all, parent) {
			if _, err := room.KeyOf(ctx, a.Num); err != nil {
				t.Errorf("account %s: %v", a.Name, err)
			}
			n++
		}
		return n
	}
	if n := family(); n != exists {
		t.Errorf("%d accounts are left, want %d", n, exists)
	}
	if _, err := room.PartnerKeyOf(ctx, order.Partner); err != nil {
		t.Errorf("the partner's key: %v", err)
	}
	if order.Act == "delete" {
		if n, err := room.DeleteAccount(ctx, p, "northwind"); err != nil || n != exists-1 {
			t.Errorf("deleting what is left: %d sub accounts, %v; want %d", n, err, exists-1)
		}
		if n := family(); n != 0 {
			t.Errorf("%d accounts are left in the end", n)
		}
		return
	}
	if _, err := room.RotateInstallationKey(ctx, sealerOf(order.Next)); (err == nil) == rotated || rotated && !errors.Is(err, tenant.ErrKeySame) {
		t.Errorf("the same rotation again: %v", err)
	}
	if _, err := room.KeyOf(ctx, must(room.GetAccount(ctx, p, "northwind")).Num); err != nil {
		t.Errorf("after the rotation: %v", err)
	}
}
