package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"paceline"
	"paceline/bench/load"
	"paceline/bench/w1"
)

// nodeAccounts are as many as three nodes and two share without a rest.
const nodeAccounts = 12

// nodes measures W1 over one, two and three servers that share a PostgreSQL database, with webhooks of many accounts that
// come to the servers in turn, as from a balancer that knows nothing of accounts.
func (m *measurement) nodes(ctx context.Context) error {
	if m.cluster == "" {
		m.say("  left out: there is no PostgreSQL")
		return nil
	}
	var one samples
	for n := 1; n <= 3; n++ {
		rate, err := m.withNodes(ctx, n)
		if err != nil {
			return fmt.Errorf("%d nodes: %w", n, err)
		}
		m.report.add(fmt.Sprintf("nodes_%d_per_s", n), rate)
		if n == 1 {
			one = rate
		} else {
			m.report.add(fmt.Sprintf("nodes_%d_ratio", n), rate.over(one))
		}
	}
	return nil
}

func (m *measurement) withNodes(ctx context.Context, n int) (rate samples, err error) {
	database, err := m.database(ctx, fmt.Sprintf("nodes_%d", n))
	if err != nil {
		return nil, err
	}
	servers := make([]*subject, n)
	for i := range servers {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("node %d of %d", i+1, n)
		servers[i], err = m.programs.startPaceline(ctx, filepath.Join(m.folder, fmt.Sprintf("nodes-%d-%d", n, i)), name, database, m.sink.Addr, m.key,
			"--node-addr", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return nil, err
		}
		defer servers[i].stop()
	}
	hooks, err := m.nodeCustomers(ctx, servers)
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, s := range servers {
		pids = append(pids, s.pid)
	}
	for range m.pairs {
		r, err := m.sink.Run(ctx, load.Workload{URL: hooks[0], Others: hooks[1:], Count: m.count, Warmup: m.warmup, PIDs: pids})
		if err != nil {
			return nil, err
		}
		if r.Lost > 0 || r.Completed == 0 || len(r.Errors) > 0 {
			return nil, fmt.Errorf("%d accepted, %d completed, %d lost, errors %v\n%s", r.Accepted, r.Completed, r.Lost, r.Errors, servers[0].logTail())
		}
		rate.add(r.CompletedPerS)
		busy := max(r.Machine.BusySeconds, 0.01)
		m.say("  %d nodes  %6.0f completed/s; of the machine's CPU %.0f %% nodes, %.0f %% database and others, %.0f %% load", n, r.CompletedPerS,
			100*r.Usage.CPUSeconds/busy, 100*r.Machine.OtherSeconds/busy, 100*r.Machine.ToolSeconds/busy)
	}
	return rate, nil
}

// nodeCustomers sets accounts up at the first server, waits until the servers share them, and returns their webhooks at the
// servers in turn.
func (m *measurement) nodeCustomers(ctx context.Context, servers []*subject) (hooks []string, err error) {
	a, err := signIn(ctx, servers[0].ready)
	if err != nil {
		return nil, err
	}
	template, err := a.template(ctx, w1.Template)
	if err != nil {
		return nil, err
	}
	for i := range nodeAccounts {
		hook, err := a.customer(ctx, fmt.Sprintf("bench-%d", i), template, m.sink.URL())
		if err == nil {
			hook, err = moveTo(servers[i%len(servers)].ready.Address, hook)
		}
		if err != nil {
			return nil, err
		}
		hooks = append(hooks, hook)
	}
	a.account = ""
	limit := time.After(startLimit)
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		var view struct{ Nodes []struct{ Shards int } }
		if err := a.call(ctx, http.MethodGet, "/v1.0/nodes", nil, &view); err != nil {
			return nil, err
		}
		fair := len(view.Nodes) == len(servers)
		for _, n := range view.Nodes {
			fair = fair && n.Shards > 0 && n.Shards <= (paceline.Shards+len(servers)-1)/len(servers)
		}
		if fair {
			return hooks, nil
		}
		select {
		case <-look.C:
		case <-limit:
			return nil, errors.New("they do not share the accounts")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
