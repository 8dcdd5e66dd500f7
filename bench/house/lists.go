package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"paceline"
	"paceline/bench/w1"
	"paceline/catalog"
	"paceline/store"
	"paceline/tenant"
)

// library is what the bench of lists and installs has to know of its database.
type library struct {
	ClientID, ClientSecret string
	Big, Median            string // API ids of accounts
	BigCycle, MedianCycle  string // one cycle of each, with transactions
	Template               string // 20 steps of 3 connectors
	Seconds                float64
}

// lists fills a database with accounts. One of them has as many cycles, and the transactions; a median one has three
// cycles and a hundred transactions.
func lists(ctx context.Context, o options) (any, error) {
	begin := time.Now()
	h, err := open(ctx, o, silent{}, 1)
	if err != nil {
		return nil, err
	}
	defer h.close()
	out := library{Big: "big-0", Median: "median-0"}
	client, err := h.tenant.CreateClient(ctx, h.partner, tenant.ClientInput{Description: "bench"})
	if err != nil {
		return nil, err
	}
	out.ClientID, out.ClientSecret = client.ClientID, client.Secret
	if out.Template, err = h.threeConnectors(ctx); err != nil {
		return nil, err
	}
	if err := h.crowd(ctx, o.accounts); err != nil {
		return nil, err
	}
	big, err := h.customers(ctx, "big-", 1, o.sink, calls(4))
	if err != nil {
		return nil, err
	}
	median, err := h.customers(ctx, "median-", 1, o.sink, calls(4))
	if err != nil {
		return nil, err
	}
	out.BigCycle, out.MedianCycle = string(big[0].cycle.ID), string(median[0].cycle.ID)
	const active, own = 20, 100
	if err := h.copies(ctx, big[0].account, big[0].cycle, min(active, o.cycles)); err != nil {
		return nil, err
	}
	for account, more := range map[*customer]struct{ cycles, transactions int }{
		&big[0]: {max(o.cycles-active-1, 1), max(o.count-own, own)}, &median[0]: {2, 1},
	} {
		if err := h.finishedOf(ctx, account.account, own); err != nil {
			return nil, err
		}
		if err := h.multiply(ctx, *account, more.cycles, more.transactions); err != nil {
			return nil, err
		}
	}
	out.Seconds = time.Since(begin).Seconds()
	return out, nil
}

// crowd makes n accounts with nothing in them, a few in a transaction: each statement walks through SQLite's journal of the
// savepoint, which grows by every page that the transaction changes.
func (h *house) crowd(ctx context.Context, n int) error {
	const atOnce = 10
	for done := 0; done < n; done += atOnce {
		err := h.store.InTx(ctx, h.partner.PartnerScope(), func(tx *store.Tx) error {
			for i := done; i < min(done+atOnce, n); i++ {
				name := fmt.Sprintf("customer-%d", i*7919%n)
				a := paceline.Account{ID: paceline.NewID(tx.Time()), APIID: name, Name: "Customer " + name, CreatedAt: tx.Now()}
				a.Timezone = paceline.DefaultTimezone
				if _, err := tx.InsertAccount(h.partner.PartnerScope(), a, []byte("no data")); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// multiply copies the customer's cycle and some of the transactions.
func (h *house) multiply(ctx context.Context, c customer, cycles, transactions int) error {
	const sources = 10
	scope := c.account.Scope()
	var list paceline.List[paceline.Run]
	err := h.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Runs(scope, store.RunFilter{}, paceline.Page{Size: sources}, false)
		return err
	})
	if err != nil {
		return err
	}
	err = h.parts(ctx, scope, cycles, func(tx *store.Tx, from, n int) error { return tx.MultiplyCycle(scope, c.cycle.Num, from, n) })
	for _, r := range list.Items {
		if err == nil {
			err = h.parts(ctx, scope, max(transactions/sources, 1), func(tx *store.Tx, from, n int) error { return tx.MultiplyRun(scope, r.Num, from, n) })
		}
	}
	return err
}

// parts makes n copies, so many in a transaction.
func (h *house) parts(ctx context.Context, scope paceline.Scope, n int, f func(tx *store.Tx, from, n int) error) error {
	for from := 0; from < n; from += store.MultiplyAtOnce {
		err := h.store.InTx(ctx, scope, func(tx *store.Tx) error { return f(tx, from, min(store.MultiplyAtOnce, n-from)) })
		if err != nil {
			return err
		}
	}
	return nil
}

// finishedOf adds finished transactions to the running cycles of an account.
func (h *house) finishedOf(ctx context.Context, a paceline.Account, n int) error {
	var running []paceline.Cycle
	err := h.store.Read(ctx, func(tx *store.Tx) (err error) {
		running, err = tx.RunningCycles(a.Scope())
		return err
	})
	if err != nil {
		return err
	}
	list := make([]customer, len(running))
	for i := range running {
		list[i].cycle = running[i]
	}
	return h.finish(ctx, list, n)
}

// threeConnectors publishes two more connectors, and imports a template of 20 steps that call all three.
func (h *house) threeConnectors(ctx context.Context) (template string, err error) {
	folder, err := os.MkdirTemp("", "bench-connectors-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	if err := w1.WriteConnector(folder); err != nil {
		return "", err
	}
	file := filepath.Join(folder, "bench-sink", "connector.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	document := string(calls(19))
	for i, digit := range []string{"2", "3"} {
		uid := strings.Replace(w1.ConnectorUID, "5", digit, 1)
		changed := strings.NewReplacer("key: bench-sink", "key: bench-sink-"+digit, w1.ConnectorUID, uid, "name: "+w1.ConnectorName, "name: "+w1.ConnectorName+" "+digit).Replace(string(text))
		if _, err := h.catalog.Publish(ctx, catalog.Publication{Partner: h.partner.Partner, Name: digit, Document: []byte(changed)}); err != nil {
			return "", err
		}
		// Each connector has a third of the calls.
		for n := range 20 {
			if n%3 != i+1 {
				continue
			}
			at := strings.Index(document, fmt.Sprintf(`"Name":"Call %d"`, n))
			if at < 0 {
				continue
			}
			begin := strings.LastIndex(document[:at], `{"Connector":`)
			step := strings.NewReplacer(`"Key":"bench-sink"`, `"Key":"bench-sink-`+digit+`"`, w1.ConnectorUID, uid).Replace(document[begin:at])
			document = document[:begin] + step + document[at:]
		}
	}
	id, err := h.template(ctx, []byte(document))
	return string(id), err
}
