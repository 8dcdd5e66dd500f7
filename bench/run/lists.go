package main

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// The sizes of the database of lists, and how often each list is read and the template installed.
const (
	listAccounts     = 100_000
	listCycles       = 100_000
	listTransactions = 1_000_000
	listReads        = 200
	listInstalls     = 100
)

// library is what bench/house says of the database of lists.
type library struct {
	ClientID, ClientSecret string
	Big, Median            string
	BigCycle, MedianCycle  string
	Template               string
	Seconds                float64
}

// lists measures first pages of a large account and of a median one, and installs, on both databases.
func (m *measurement) lists(ctx context.Context) error {
	for _, name := range []string{"sqlite", "postgres"} {
		folder, url := filepath.Join(m.folder, "lists-"+name), ""
		if name == "postgres" {
			var err error
			if url, err = m.database(ctx, "lists"); err != nil {
				return err
			}
			if url == "" {
				continue
			}
		}
		if err := m.listsOf(ctx, name, folder, url); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurement) listsOf(ctx context.Context, name, folder, url string) error {
	var l library
	args := append(count(listTransactions/m.shrink), "-accounts", strconv.Itoa(listAccounts/m.shrink), "-cycles", strconv.Itoa(listCycles/m.shrink))
	if err := m.house(ctx, &l, "lists", filepath.Join(folder, "data"), url, args...); err != nil {
		return err
	}
	if url != "" { // what a server's own upkeep does within minutes
		if err := analyze(ctx, url); err != nil {
			return err
		}
	}
	m.say("  %s: %d accounts, %d cycles and %d transactions made in %.0f s", name, listAccounts/m.shrink, listCycles/m.shrink, listTransactions/m.shrink, l.Seconds)
	s, err := m.programs.startPaceline(ctx, folder, name, url, m.sink.Addr, m.key)
	if err != nil {
		return err
	}
	defer s.stop()
	s.ready.ClientID, s.ready.ClientSecret = l.ClientID, l.ClientSecret
	a, err := signIn(ctx, s.ready)
	if err != nil {
		return err
	}
	worst := 0.0
	for _, r := range l.reads() {
		a.account = r.account
		took, err := repeat(listReads, func() error { return a.call(ctx, http.MethodGet, r.path, nil, nil) })
		if err != nil {
			return err
		}
		p99 := took[len(took)*99/100]
		worst = max(worst, p99)
		m.say("  %-9s %-66s p50 %6.1f ms, p99 %6.1f ms", r.account, r.path, took[len(took)/2], p99)
	}
	a.account = l.Median
	took, err := repeat(listInstalls, func() error {
		return a.call(ctx, http.MethodPost, "/v1.0/templates/"+l.Template+"/install", nil, nil)
	})
	if err != nil {
		return err
	}
	m.say("  install: p50 %.1f ms, p99 %.1f ms", took[len(took)/2], took[len(took)*99/100])
	m.report.add("list_"+name+"_p99_ms", samples{worst})
	m.report.add("install_"+name+"_p50_ms", samples{took[len(took)/2]})
	return s.stop()
}

type listRead struct{ account, path string }

// reads are the first pages of every list, as the partner, in the large account and in the median one.
func (l library) reads() []listRead {
	var list []listRead
	for _, path := range []string{"/accounts", "/accounts?orderBy=Id", "/accounts?orderBy=CreatedDate&sortOrderAsc=false", "/accounts/" + l.Big + "/subaccounts",
		"/accounts/" + l.Median + "/subaccounts", "/accounts/" + l.Big + "/usage", "/accounts/" + l.Big + "/users", "/audit", "/audit?account=" + l.Big, "/tokens", "/templates", "/connectors"} {
		list = append(list, listRead{"", "/v1.0" + path})
	}
	for account, cycle := range map[string]string{l.Big: l.BigCycle, l.Median: l.MedianCycle} {
		for _, path := range []string{"/cycles", "/cycles?orderBy=Id", "/cycles?orderBy=CreatedOnUtc&sortOrderAsc=false", "/cycles?tag=nothing", "/cycles?connectorName=nothing", "/cycles/upgradeable",
			"/cycles?includeDeleted=false&pageSize=50", "/cycles?includeDeleted=false&pageSize=50&search=4", "/cycles?includeDeleted=false&pageSize=50&search=nothing",
			"/cycles/transactions", "/cycles/transactions?status=Completed", "/cycles/transactions?status=Errored", "/cycles/transactions?status=InProgress", "/cycles/transactions?splitType=Parent",
			"/cycles/" + cycle + "/transactions", "/cycles/" + cycle + "/transactions?status=Errored", "/cycles/incidents/error", "/cycles/incidents/warning", "/cycles/" + cycle + "/incidents",
			"/account/connectors", "/account/connectors?search=nothing", "/cycles/transactions?text=nothing", "/account/errorwebhook/deliveries", "/cycles/" + cycle + "/steps"} {
			list = append(list, listRead{account, "/v1.0" + path})
		}
	}
	slices.SortStableFunc(list, func(a, b listRead) int { return len(a.account) - len(b.account) })
	return list
}

// repeat calls f after some calls that do not count, and returns how long each took in milliseconds, the shortest first.
func repeat(n int, f func() error) (took []float64, err error) {
	for i := range n + 5 {
		begin := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		if i >= 5 {
			took = append(took, time.Since(begin).Seconds()*1000)
		}
	}
	slices.Sort(took)
	return took, nil
}
