package engine_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/store"
)

// TestRetentionOfEachEnd: data of transactions that succeeded stays for the one time, of all others for the
// other, those that end with their cycle among them. 0 keeps nothing.
func TestRetentionOfEachEnd(t *testing.T) {
	none, some := 0, 5
	for name, c := range map[string]struct {
		success, failed *int
		steps           []map[string]node
		stop            bool
		waits           []time.Duration
		kept            string
	}{
		"completed":      {&some, &none, []map[string]node{{"is": {After: "received", If: "received/name Equals Ada"}}}, false, []time.Duration{4 * time.Hour, 2 * time.Hour}, "true false"},
		"failed":         {&none, &some, []map[string]node{{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}, OnError: "StopTransaction"}}}, false, []time.Duration{4 * time.Hour, 2 * time.Hour}, "true false"},
		"nothing kept":   {&none, &none, []map[string]node{{"is": {After: "received", If: "received/name Equals Ada"}}}, false, []time.Duration{6 * time.Minute}, "false"},
		"stopped":        {&none, &some, []map[string]node{{"pause": {After: "received", Delay: 5 * time.Hour}}}, true, []time.Duration{4 * time.Hour, 2 * time.Hour}, "true false"},
		"stopped, none":  {&some, &none, []map[string]node{{"pause": {After: "received", Delay: 5 * time.Hour}}}, true, []time.Duration{6 * time.Minute}, "false"},
		"by the default": {nil, nil, []map[string]node{{"pause": {After: "received", Delay: 90 * time.Hour}}}, true, []time.Duration{743 * time.Hour, 2 * time.Hour}, "true false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inNoticeTime(t, func(t *testing.T, h *noticeHouse, _ string) {
				plan, _ := planOf(t, cycleDoc{Steps: append([]map[string]node{{"received": {Webhook: "event"}}}, c.steps...)})
				plan.Retention = paceline.Retention{SuccessHours: c.success, ErrorHours: c.failed}
				cycle, address := h.install(t.Context(), plan, 0)
				h.engine.CycleChanged(t.Context(), cycle)
				h.fail(t, address)
				synctest.Wait()
				if c.stop {
					h.setState(t.Context(), &cycle, paceline.CyclePaused)
					synctest.Wait()
				}
				got := ""
				for _, wait := range c.waits {
					time.Sleep(wait)
					synctest.Wait()
					err := h.store.Read(t.Context(), func(tx *store.Tx) error {
						runs, err := tx.Runs(h.account.Scope(), store.RunFilter{}, paceline.Page{}, true)
						if err != nil || len(runs.Items) != 1 {
							return fmt.Errorf("%d transactions, %w", len(runs.Items), err)
						}
						kept, err := tx.Kept(h.account.Scope(), runs.Items[0].Num)
						if got != "" {
							got += " "
						}
						got += fmt.Sprint(kept)
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				if got != c.kept {
					t.Errorf("kept: %s, want %s", got, c.kept)
				}
			})
		})
	}
}

// TestPartnerSettingsReachDeliveries: what is delivered after a change of the partner's settings runs by them.
func TestPartnerSettingsReachDeliveries(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, _ string) {
		steps := cycleDoc{Steps: []map[string]node{{"received": {Webhook: "event"}}, {"is": {After: "received", If: "received/name Equals Ada"}}}}
		plan, _ := planOf(t, steps)
		cycle, address := h.install(t.Context(), plan, 0)
		h.engine.CycleChanged(t.Context(), cycle)
		h.fail(t, address)
		synctest.Wait() // the first has ended by the settings that it began with
		none := 0
		anew := *plan
		anew.Retention = paceline.Retention{SuccessHours: &none, ErrorHours: &none}
		h.adopt(&anew, cycle)
		h.engine.PartnerChanged(paceline.Partner{Num: h.partner})
		h.fail(t, address)
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		var kept []bool
		err := h.store.Read(t.Context(), func(tx *store.Tx) error {
			runs, err := tx.Runs(h.account.Scope(), store.RunFilter{}, paceline.Page{}, true)
			for _, r := range runs.Items {
				k, err := tx.Kept(h.account.Scope(), r.Num)
				if err != nil {
					return err
				}
				kept = append(kept, k)
			}
			return err
		})
		if err != nil || len(kept) != 2 || !kept[0] || kept[1] {
			t.Errorf("kept %v, %v; want the first alone", kept, err)
		}
	})
}

// TestRetentionBehindWaitAll: what waits at a Wait All step and what goes on behind it succeeds or fails like any other.
// A transaction that had an error before it waited is none that succeeded.
func TestRetentionBehindWaitAll(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, _ string) {
		plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}}},
			{"all": {After: "create", WaitAll: true}},
			{"then": {After: "all", Delay: time.Minute}},
		}})
		some, long := 5, 10
		plan.Retention = paceline.Retention{SuccessHours: &some, ErrorHours: &long}
		cycle, address := h.install(t.Context(), plan, 0)
		h.engine.CycleChanged(t.Context(), cycle)
		h.fail(t, address) // the remote refuses it, which is ignored
		time.Sleep(time.Hour)
		kept := func() (list []bool) {
			err := h.store.Read(t.Context(), func(tx *store.Tx) error {
				runs, err := tx.Runs(h.account.Scope(), store.RunFilter{}, paceline.Page{}, true)
				for _, r := range runs.Items {
					k, err := tx.Kept(h.account.Scope(), r.Num)
					if err != nil {
						return err
					}
					list = append(list, k)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		for _, c := range []struct {
			wait time.Duration
			want string
		}{{3 * time.Hour, "[true true]"}, {3 * time.Hour, "[true false]"}, {4 * time.Hour, "[false false]"}} {
			time.Sleep(c.wait)
			synctest.Wait()
			if got := fmt.Sprint(kept()); got != c.want {
				t.Errorf("%s later: kept %s, want %s: the one that waited after an error, and the one behind it", c.wait, got, c.want)
			}
		}
	})
}
