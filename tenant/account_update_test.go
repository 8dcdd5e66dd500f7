package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline"
	"paceline/store"
	"paceline/tenant"
)

func TestUpdateAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		root := h.account(t, "root", "")
		h.account(t, "other", "")
		h.account(t, "sub", "root")
		v := func(s string) tenant.Patch[string] { return tenant.Value(s) }
		// Each row works on what the rows before it left of the account "root".
		for _, c := range []struct {
			what  string
			id    string
			patch tenant.AccountPatch
			want  string
			check func(a paceline.Account) bool
		}{
			{"nothing", "root", tenant.AccountPatch{}, "", func(a paceline.Account) bool { return a.Name == "Name of root" && a.NextBillDate == root.NextBillDate }},
			{"unknown", "nobody", tenant.AccountPatch{}, "Account not found.", nil},
			{"empty name", "root", tenant.AccountPatch{Name: v("")}, "Name is required", nil},
			{"texts", "root", tenant.AccountPatch{Description: v("d"), AuditInfo: v("a"), TaskAuditInfo: v("t")}, "",
				func(a paceline.Account) bool {
					return *a.Description == "d" && *a.AuditInfo == "a" && *a.TaskAuditInfo == "t"
				}},
			{"null text", "root", tenant.AccountPatch{Description: tenant.Null[string]()}, "", func(a paceline.Account) bool { return a.Description == nil && *a.AuditInfo == "a" }},
			{"retention", "root", tenant.AccountPatch{SuccessRetentionHours: tenant.Value(0), ErrorRetentionHours: tenant.Value(9999)}, "",
				func(a paceline.Account) bool { return *a.Retention.SuccessHours == 0 && *a.Retention.ErrorHours == 744 }},
			{"null retention", "root", tenant.AccountPatch{SuccessRetentionHours: tenant.Null[int]()}, "",
				func(a paceline.Account) bool {
					return a.Retention.SuccessHours == nil && *a.Retention.ErrorHours == 744
				}},
			{"null zone", "root", tenant.AccountPatch{Timezone: tenant.Null[string]()}, "", func(a paceline.Account) bool { return a.Timezone == "Etc/UTC" }},
			{"empty zone", "root", tenant.AccountPatch{Timezone: v("")}, "Timezone is invalid", nil},
			{"webhook URL while off", "root", tenant.AccountPatch{ErrorWebhookURL: v("example.com")}, "",
				func(a paceline.Account) bool { return *a.ErrorWebhook.URL == "https://example.com" }},
			{"webhook on", "root", tenant.AccountPatch{ErrorWebhookEnabled: tenant.Value(true)}, "", func(a paceline.Account) bool { return a.ErrorWebhook.Enabled }},
			{"null URL while on", "root", tenant.AccountPatch{ErrorWebhookURL: tenant.Null[string]()},
				"Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined", nil},
			{"null URL, off", "root", tenant.AccountPatch{ErrorWebhookURL: tenant.Null[string](), ErrorWebhookEnabled: tenant.Value(false)}, "",
				func(a paceline.Account) bool { return a.ErrorWebhook.URL == nil && !a.ErrorWebhook.Enabled }},
			{"zero date", "root", tenant.AccountPatch{NextBillDate: tenant.Value(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))}, "",
				func(a paceline.Account) bool { return a.NextBillDate == root.NextBillDate }},
			{"date", "root", tenant.AccountPatch{NextBillDate: tenant.Value(start)}, "", func(a paceline.Account) bool { return a.NextBillDate.Time().Equal(start) }},
			{"limit", "root", tenant.AccountPatch{ConcurrentTransactions: tenant.Value(-1)},
				"The value of ConcurrentTransactions is invalid: it must lie between 0 and 10000", nil},
			{"id equal to the path", "root", tenant.AccountPatch{ID: v("root")}, "", func(a paceline.Account) bool { return a.APIID == "root" }},
			{"id equal to the GUID", string(root.ID), tenant.AccountPatch{ID: v(string(root.ID))}, "", func(a paceline.Account) bool { return a.APIID == "root" }},
			{"id in use", "root", tenant.AccountPatch{ID: v("other")}, "ID already in use", nil},
			{"same parent", "sub", tenant.AccountPatch{ParentAccountID: v("root")}, "", nil},
			{"null parent", "sub", tenant.AccountPatch{ParentAccountID: tenant.Null[string]()}, "", func(a paceline.Account) bool { return a.ParentID == "root" }},
			{"another parent", "sub", tenant.AccountPatch{ParentAccountID: v("other")},
				"The value of ParentAccountId is invalid: the parent of an account never changes", nil},
			{"unknown parent", "root", tenant.AccountPatch{ParentAccountID: v("nobody")}, "Parent account not found", nil},
			{"rename", "root", tenant.AccountPatch{ID: v("renamed")}, "", func(a paceline.Account) bool { return a.APIID == "renamed" && a.ID == root.ID }},
			{"the old id", "root", tenant.AccountPatch{}, "Account not found.", nil},
		} {
			a, err := h.UpdateAccount(t.Context(), h.p, c.id, c.patch)
			if message(err) != c.want {
				t.Errorf("%s: message %q, want %q", c.what, message(err), c.want)
				continue
			}
			if err != nil || c.check == nil {
				continue
			}
			stored, err := h.GetAccount(t.Context(), h.p, string(a.ID))
			if err != nil || !c.check(a) || !c.check(stored) {
				t.Errorf("%s: answered %+v, stored %+v, %v", c.what, a, stored, err)
			}
		}
		if sub, err := h.GetAccount(t.Context(), h.p, "sub"); err != nil || sub.ParentID != "renamed" {
			t.Errorf("the sub account names parent %q (%v), want the new id", sub.ParentID, err)
		}
	})
}

func TestListAccounts(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for _, id := range []string{"b", "C", "a", "e", "D"} {
			h.account(t, id, "")
			h.clock.add(time.Second)
		}
		h.account(t, "z2", "C")
		h.account(t, "z1", "C")
		list := func(f tenant.AccountFilter, page paceline.Page) string {
			l, err := h.Accounts(t.Context(), h.p, f, page)
			if err != nil {
				t.Fatal(err)
			}
			return ids(l)
		}
		for _, c := range []struct {
			what   string
			filter tenant.AccountFilter
			page   paceline.Page
			want   string
		}{
			{"by name, whatever its case", tenant.AccountFilter{}, paceline.Page{}, "a b C D e of 5"},
			{"by name, backwards", tenant.AccountFilter{}, paceline.Page{Descending: true}, "e D C b a of 5"},
			{"by id, case matters", tenant.AccountFilter{}, paceline.Page{OrderBy: "id"}, "C D a b e of 5"},
			{"by date", tenant.AccountFilter{}, paceline.Page{OrderBy: "CreatedDate"}, "b C a e D of 5"},
			{"by something else", tenant.AccountFilter{}, paceline.Page{OrderBy: "key_sealed"}, "a b C D e of 5"},
			{"with sub accounts", tenant.AccountFilter{IncludeSubAccounts: true}, paceline.Page{}, "a b C D e z1 z2 of 7"},
			{"second page", tenant.AccountFilter{}, paceline.Page{Number: 2, Size: 2}, "C D of 5"},
			{"past the end", tenant.AccountFilter{}, paceline.Page{Number: 9, Size: 2}, " of 5"},
			{"search", tenant.AccountFilter{Search: "OF D"}, paceline.Page{}, "D of 1"},
			{"search for a wildcard", tenant.AccountFilter{Search: "%"}, paceline.Page{}, " of 0"},
			{"no cursor of ours", tenant.AccountFilter{}, paceline.Page{After: "nonsense"}, "a b C D e of 5"},
		} {
			if got := list(c.filter, c.page); got != c.want {
				t.Errorf("%s: %q, want %q", c.what, got, c.want)
			}
		}
		for _, order := range []string{"Name", "Id", "CreatedDate"} {
			for _, down := range []bool{false, true} {
				page := paceline.Page{Size: 2, OrderBy: order, Descending: down}
				var walked []string
				for range 4 {
					l, err := h.Accounts(t.Context(), h.p, tenant.AccountFilter{IncludeSubAccounts: true}, page)
					if err != nil {
						t.Fatal(err)
					}
					walked = append(walked, names(l)...)
					page.After = l.Next
				}
				whole, err := h.Accounts(t.Context(), h.p, tenant.AccountFilter{IncludeSubAccounts: true}, paceline.Page{OrderBy: order, Descending: down})
				if err != nil || !slices.Equal(walked, names(whole)) || page.After != "" {
					t.Errorf("by %s, down %v: walked %v, at once %v, left %q, %v", order, down, walked, names(whole), page.After, err)
				}
			}
		}
		subs, err := h.Accounts(t.Context(), h.p, tenant.AccountFilter{Parent: "C"}, paceline.Page{})
		if err != nil || ids(subs) != "z1 z2 of 2" {
			t.Errorf("sub accounts %q, %v", ids(subs), err)
		}
		subs, err = h.Accounts(t.Context(), h.p, tenant.AccountFilter{Parent: "a"}, paceline.Page{})
		if err != nil || ids(subs) != " of 0" {
			t.Errorf("no sub accounts: %q, %v", ids(subs), err)
		}
		_, err = h.Accounts(t.Context(), h.p, tenant.AccountFilter{Parent: "nobody"}, paceline.Page{})
		wantCode(t, "sub accounts of nobody", err, paceline.CodeNotFound)
	})
}

func names(l paceline.List[paceline.Account]) (all []string) {
	for _, a := range l.Items {
		all = append(all, a.APIID)
	}
	return all
}

func ids(l paceline.List[paceline.Account]) string {
	return fmt.Sprintf("%s of %d", strings.Join(names(l), " "), l.Total)
}

func TestDeleteAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		var stopped, marked, changed []string
		keep := errors.New("a cycle would not stop")
		var broken error
		h.OnDelete(tenant.DeleteHook{
			Before: func(_ context.Context, _ paceline.Principal, a paceline.Account) error {
				stopped = append(stopped, a.APIID)
				return broken
			},
			Within: func(_ *store.Tx, a paceline.Account) error {
				marked = append(marked, a.APIID)
				return nil
			},
		})
		h.OnChange(func(a paceline.Account) { changed = append(changed, fmt.Sprint(a.APIID, a.State)) })
		root, sub, other := h.account(t, "root", ""), h.account(t, "sub", "root"), h.account(t, "other", "")
		bearer := h.token(t, "account:sub").AccessToken
		if _, err := h.Authenticate(ctx, bearer); err != nil {
			t.Fatal(err)
		}
		for _, a := range []paceline.Account{root, sub, other} {
			if _, err := h.KeyOf(ctx, a.Num); err != nil {
				t.Fatal(err)
			}
		}

		_, err := h.DeleteAccount(ctx, h.p, "nobody")
		wantCode(t, "delete nobody", err, paceline.CodeNotFound)
		broken = keep
		if _, err = h.DeleteAccount(ctx, h.p, "root"); !errors.Is(err, keep) {
			t.Errorf("deleted although a hook failed: %v", err)
		}
		if _, err := h.GetAccount(ctx, h.p, "root"); err != nil {
			t.Errorf("the account is gone although a hook failed: %v", err)
		}
		broken, stopped = nil, nil

		subs, err := h.DeleteAccount(ctx, h.p, "root")
		if err != nil || subs != 1 {
			t.Fatalf("deleted %d sub accounts, %v; want 1", subs, err)
		}
		want := []string{"sub", "root"}
		if !slices.Equal(stopped, want) || !slices.Equal(marked, want) || !slices.Equal(changed, []string{"sub2", "root2"}) {
			t.Errorf("stopped %v, marked %v, changed %v", stopped, marked, changed)
		}
		for _, a := range []paceline.Account{root, sub} {
			_, err := h.GetAccount(ctx, h.p, a.APIID)
			wantCode(t, "get by API id", err, paceline.CodeNotFound)
			_, err = h.GetAccount(ctx, h.p, string(a.ID))
			wantCode(t, "get by GUID", err, paceline.CodeNotFound)
			_, err = h.ResolveAccount(ctx, h.p, []string{a.APIID})
			wantCode(t, "header", err, paceline.CodeAccountHeader)
			if _, err = h.KeyOf(ctx, a.Num); !errors.Is(err, tenant.ErrKeyDestroyed) {
				t.Errorf("key of %s: %v, want it destroyed", a.APIID, err)
			}
		}
		_, err = h.Authenticate(ctx, bearer)
		wantCode(t, "token of the sub account", err, paceline.CodeDenied)
		if _, err := h.KeyOf(ctx, other.Num); err != nil {
			t.Errorf("key of the other account: %v", err)
		}
		if again := h.account(t, "root", ""); again.Num == root.Num {
			t.Error("the id is free again, but names the same account")
		}
		_, err = h.CreateAccount(ctx, h.p, tenant.AccountPatch{Name: tenant.Value("x"), ID: tenant.Value(string(root.ID))})
		wantCode(t, "the GUID of a deleted account as API id", err, paceline.CodeAccountIDInUse)
	})
}

// So many sub accounts that they take several transactions.
func TestDeleteAccountWithManySubAccounts(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.account(t, "root", "")
		for i := range 105 {
			h.account(t, fmt.Sprint("sub", i), "root")
		}
		subs, err := h.DeleteAccount(t.Context(), h.p, "root")
		if err != nil || subs != 105 {
			t.Errorf("deleted %d sub accounts, %v", subs, err)
		}
		left, err := h.Accounts(t.Context(), h.p, tenant.AccountFilter{IncludeSubAccounts: true}, paceline.Page{})
		if err != nil || left.Total != 0 {
			t.Errorf("left %s, %v", ids(left), err)
		}
	})
}

func TestUsageWithoutTasks(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.account(t, "a", "")
		u, err := h.Usage(t.Context(), h.p, "a", 0, 0)
		day := func(m time.Month, d int) paceline.Micros {
			return paceline.ToMicros(time.Date(2026, m, d, 0, 0, 0, 0, time.UTC))
		}
		if err != nil || u != (tenant.AccountUsage{AccountID: "a", Start: day(1, 28), End: day(2, 28)}) {
			t.Errorf("usage %+v, %v", u, err)
		}
		u, err = h.Usage(t.Context(), h.p, "a", paceline.ToMicros(start), paceline.ToMicros(start.Add(time.Hour)))
		if err != nil || u.Start != day(1, 31) || u.End != day(2, 1) {
			t.Errorf("usage of an hour is told for %v to %v, %v; want its day", u.Start.Time(), u.End.Time(), err)
		}
		_, err = h.Usage(t.Context(), h.p, "a", day(3, 1), day(2, 1))
		wantCode(t, "a period that ends before it starts", err, paceline.CodeFieldInvalid)
		_, err = h.Usage(t.Context(), h.p, "nobody", 0, 0)
		wantCode(t, "usage of nobody", err, paceline.CodeNotFound)
	})
}

// What transactions of an account write while it is being deleted is either there when its rows are marked,
// or refused; a deleted account takes no more, nor does its sub account.
func TestNothingIsWrittenToADeletedAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		accounts := []paceline.Account{h.account(t, "root", "")}
		for i := range 3 {
			accounts = append(accounts, h.account(t, fmt.Sprint("sub", i), "root"))
		}
		written := func(tx *store.Tx, a paceline.Account) int {
			list, err := tx.AuditEvents(h.p.PartnerScope(), store.AuditFilter{Account: a.Num, To: 1 << 60}, paceline.Page{Number: 1, Size: 100_000})
			if err != nil {
				t.Error(err)
			}
			n := 0
			for _, e := range list.Items {
				if e.Action == "written" {
					n++
				}
			}
			return n
		}
		marked := map[int64]int{}
		begun := make(chan struct{}, 1000)
		h.OnDelete(tenant.DeleteHook{Within: func(tx *store.Tx, a paceline.Account) error {
			marked[a.Num] = written(tx, a)
			return nil
		}})
		var writers sync.WaitGroup
		for _, a := range append(accounts, accounts...) {
			writers.Go(func() {
				for n := range 100_000 {
					err := h.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
						return tx.InsertAudit(a.Scope(), paceline.AuditEvent{At: tx.Now(), Actor: "x", Action: "written", Subject: "x", SubjectID: "x"})
					})
					if errors.Is(err, store.ErrAccountDeleted) && paceline.CodeOf(err) == paceline.CodeAccountHeader {
						return
					}
					if err != nil {
						t.Errorf("write: %v", err)
						return
					}
					if n == 5 {
						begun <- struct{}{}
					}
				}
				t.Error("the account takes writes for ever")
			})
		}
		for range 2 * len(accounts) {
			<-begun
		}
		if subs, err := h.DeleteAccount(ctx, h.p, "root"); err != nil || subs != 3 {
			t.Errorf("deleted %d, %v", subs, err)
		}
		writers.Wait()
		err := h.store.Read(ctx, func(tx *store.Tx) error {
			for _, a := range accounts {
				if now := written(tx, a); now != marked[a.Num] || now < 12 {
					t.Errorf("%s holds %d events, %d were there when it was marked", a.APIID, now, marked[a.Num])
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
