package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"paceline/bench/revoke"
)

// The revocation: how many credentials end, how long the vendor takes to answer that, and when the bench gives up.
const (
	revokeCredentials = 10_000
	vendorDelay       = 100 * time.Millisecond
	revokeLimit       = 20 * time.Minute
)

// revoke measures one command that ends the credentials of many accounts at one connector, whose cycles run: until the
// command is through, which is when none of them can be used, and until the vendor was told of the last.
func (m *measurement) revoke(ctx context.Context) error {
	for _, name := range []string{"sqlite", "postgres"} {
		folder, url, key := filepath.Join(m.folder, "revoke-"+name), "", "revoke_10k"
		if name == "postgres" {
			var err error
			if url, err = m.database(ctx, "revoke"); err != nil {
				return err
			}
			if url == "" {
				continue
			}
			key = "revoke_10k_postgres"
		}
		stop, told, err := m.revokeOn(ctx, name, folder, url)
		if err != nil {
			return err
		}
		m.report.add(key+"_s", samples{told})
		m.report.add(key+"_stop_s", samples{stop})
	}
	return nil
}

func (m *measurement) revokeOn(ctx context.Context, name, folder, url string) (stop, told float64, err error) {
	n := revokeCredentials / m.shrink
	vendor, err := revoke.StartVendor(vendorDelay, n)
	if err != nil {
		return 0, 0, err
	}
	defer vendor.Close()
	data := filepath.Join(folder, "data")
	var f filled
	if err := m.house(ctx, &f, "granted", data, url, append(count(n), "-sink", vendor.URL())...); err != nil {
		return 0, 0, err
	}
	m.say("  %s: %d accounts with a credential and a running cycle made in %.0f s", name, n, f.Seconds)
	s, err := m.programs.startPaceline(ctx, folder, name, url, vendor.Addr, m.key)
	if err != nil {
		return 0, 0, err
	}
	defer s.stop()

	ctx, cancel := context.WithTimeout(ctx, revokeLimit)
	defer cancel()
	args := []string{"revoke", "connector", revoke.ConnectorUID, "--data", data}
	if url != "" {
		args = append(args, "--database-url", url)
	}
	cmd := exec.CommandContext(ctx, m.programs.paceline, args...)
	cmd.Env = append(environment(), "PACELINE_KEY="+m.key)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	stop = time.Since(begin).Seconds()
	if err != nil {
		return 0, 0, fmt.Errorf("revoke: %w\n%s\n%s", err, out, s.logTail())
	}
	m.say("  %s: after %.1f s: %s  the vendor has heard of %d", name, stop, out, vendor.Told())
	if err := vendor.Wait(ctx); err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, s.logTail())
	}
	told = time.Since(begin).Seconds()
	m.say("  %s: the vendor has heard of all after %.1f s", name, told)
	return stop, told, s.stop()
}
