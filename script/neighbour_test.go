package script_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"paceline/script"
)

// TestHostileScriptsHurtNoNeighbour: while one account runs hostile scripts without a pause, another account's runs all
// go well and soon, and the server's own memory stays.
func TestHostileScriptsHurtNoNeighbour(t *testing.T) {
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p := newPool(t, script.Limits{Wall: 500 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	var hostile sync.WaitGroup
	for i, name := range []string{"loop", "memory_string", "log", "output", "calls", "memory_buffers", "recursion_eval", "throw_huge"} {
		code, err := os.ReadFile("testdata/hostile/" + name + ".js")
		if err != nil {
			t.Fatal(err)
		}
		hostile.Go(func() {
			// A new account for each run, so that none has to wait for what it did.
			for n := int64(1); ctx.Err() == nil; n++ {
				_, err := p.Run(ctx, script.Run{
					Account: script.Account{Partner: int64(i), Account: n}, Event: script.BeforeAction, Sources: []script.Source{{Code: string(code)}},
					Globals: []byte(`{"method_request":{}}`), Host: refusing{},
				})
				if failed, is := errors.AsType[*script.Error](err); is && failed.Limit == script.LimitWorker {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	const runs, most = 30, 200 << 20
	var took []time.Duration
	for range runs {
		begun := time.Now()
		r, err := p.Run(ctx, script.Run{
			Account: account, Event: script.BeforeAction, Sources: []script.Source{{Code: "function before_action() { return 1 }"}}, Globals: []byte("{}"),
			Wall: 20 * time.Second,
		})
		if err != nil || string(r.Value) != "1" {
			t.Errorf("the neighbour's run gave %s, %v", r.Value, err)
		}
		took = append(took, time.Since(begun))
		runtime.ReadMemStats(&now)
		if now.HeapInuse > before.HeapInuse+most {
			t.Errorf("the server holds %d MiB more", (now.HeapInuse-before.HeapInuse)>>20)
		}
	}
	cancel()
	hostile.Wait()
	slices.Sort(took)
	if median := took[runs/2]; median > 3*time.Second {
		t.Errorf("the neighbour's runs take %s", median)
	}
	t.Logf("median %s, slowest %s, heap %d MiB more", took[runs/2], took[runs-1], (int64(now.HeapInuse)-int64(before.HeapInuse))>>20)
}
