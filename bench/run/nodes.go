package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"

	"paceline"
	"paceline/bench/load"
	"paceline/bench/w1"
)

// nodeAccounts are as many as three nodes and two share without a rest.
const nodeAccounts = 12

// nodes measures W1 over one, two and three servers that share a PostgreSQL database, with webhooks of many accounts that
// come to the servers in turn, as from a balancer that knows nothing of accounts. Each number of servers has a database of its own, and
// they are measured in turns. The first run of each counts for nothing: behind it the database gets the statistics that one which is busy
// gathers by itself within minutes, some of them in the middle of a measurement.
func (m *measurement) nodes(ctx context.Context) error {
	if m.cluster == "" {
		m.say("  left out: there is no PostgreSQL")
		return nil
	}
	var all []*nodeSet
	for n := 1; n <= 3; n++ {
		s, err := m.nodeSet(ctx, n)
		if s != nil {
			defer s.stop()
		}
		var r load.Result
		if err == nil {
			r, err = m.withNodes(ctx, s)
		}
		if err == nil {
			m.say("  %d nodes  %6.0f completed/s before the database has statistics", n, r.CompletedPerS)
			err = analyze(ctx, s.database)
		}
		if err != nil {
			return fmt.Errorf("%d nodes: %w", n, err)
		}
		all = append(all, s)
	}
	for range m.pairs {
		for _, s := range all {
			r, err := m.withNodes(ctx, s)
			if err != nil {
				return fmt.Errorf("%d nodes: %w", len(s.servers), err)
			}
			busy := max(r.Machine.BusySeconds, 0.01)
			s.rate.add(r.CompletedPerS)
			s.share.add(r.Machine.OtherSeconds / busy)
			m.say("  %d nodes  %6.0f completed/s; of the machine's CPU %.0f %% nodes, %.0f %% database and others, %.0f %% load", len(s.servers), r.CompletedPerS,
				100*r.Usage.CPUSeconds/busy, 100*r.Machine.OtherSeconds/busy, 100*r.Machine.ToolSeconds/busy)
		}
	}
	for i, s := range all {
		m.report.add(fmt.Sprintf("nodes_%d_per_s", i+1), s.rate)
		m.report.add(fmt.Sprintf("nodes_%d_database_share", i+1), s.share)
		if i > 0 {
			m.report.add(fmt.Sprintf("nodes_%d_ratio", i+1), s.rate.over(all[0].rate))
		}
	}
	return nil
}

// nodeSet are servers that share a database.
type nodeSet struct {
	database    string
	servers     []*subject
	hooks       []string
	rate, share samples
}

func (s *nodeSet) stop() {
	for _, server := range s.servers {
		server.stop()
	}
}

// nodeSet starts n servers. What it has started it returns also with an error.
func (m *measurement) nodeSet(ctx context.Context, n int) (s *nodeSet, err error) {
	s = &nodeSet{}
	if s.database, err = m.database(ctx, fmt.Sprintf("nodes_%d", n)); err != nil {
		return s, err
	}
	for i := range n {
		port, err := freePort()
		if err != nil {
			return s, err
		}
		name := fmt.Sprintf("node %d of %d", i+1, n)
		server, err := m.programs.startPaceline(ctx, filepath.Join(m.folder, fmt.Sprintf("nodes-%d-%d", n, i)), name, s.database, m.sink.Addr, m.key,
			"--node-addr", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return s, err
		}
		s.servers = append(s.servers, server)
	}
	s.hooks, err = m.nodeCustomers(ctx, s.servers)
	return s, err
}

// withNodes measures once.
func (m *measurement) withNodes(ctx context.Context, s *nodeSet) (load.Result, error) {
	var pids []int
	for _, server := range s.servers {
		pids = append(pids, server.pid)
	}
	r, err := m.sink.Run(ctx, load.Workload{URL: s.hooks[0], Others: s.hooks[1:], Count: m.count, Warmup: m.warmup, PIDs: pids})
	if err == nil && (r.Lost > 0 || r.Completed == 0 || len(r.Errors) > 0) {
		err = fmt.Errorf("%d accepted, %d completed, %d lost, errors %v\n%s", r.Accepted, r.Completed, r.Lost, r.Errors, s.servers[0].logTail())
	}
	return r, err
}

// analyze gives a database the statistics that its own upkeep gathers within minutes.
func analyze(ctx context.Context, url string) error {
	if out, err := exec.CommandContext(ctx, "psql", "-q", "-c", "VACUUM ANALYZE", url).CombinedOutput(); err != nil {
		return fmt.Errorf("VACUUM ANALYZE: %w\n%s", err, out)
	}
	return nil
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
