package script_test

import (
	"context"
	"sync/atomic"
	"testing"

	"paceline/script"
)

func benchmark(b *testing.B, code string) {
	p := newPool(b, script.Limits{})
	run := script.Run{Event: script.BeforeAction, Sources: []script.Source{{Code: code}}, Globals: []byte(`{"method_request":{"First":"Ann","Last":"Lee"},"action_data":{},"script_parameters":{},"cycle_id":"c"}`)}
	var account atomic.Int64
	for range 2 { // both workers are warm, and know the libraries
		run.Account.Account++
		if _, err := p.Run(context.Background(), run); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		mine := run
		mine.Account.Account = account.Add(1)
		for pb.Next() {
			if _, err := p.Run(context.Background(), mine); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSmall is a small handler: the time of one run with as many at once as there are processors.
func BenchmarkSmall(b *testing.B) {
	benchmark(b, "function before_action() { method_request.Name = method_request.First + ' ' + method_request.Last; return true; }")
}

// BenchmarkLibraries is a handler with all libraries.
func BenchmarkLibraries(b *testing.B) {
	benchmark(b, "function before_action() { method_request.at = moment.tz('2024-07-01 12:00', 'Europe/Berlin').format(); method_request.h = CryptoJS.MD5('a').toString(); return true; }")
}
