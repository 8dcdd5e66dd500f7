package app

import (
	"testing"
	"time"

	"paceline/script"
)

// TestScriptLimits: each setting of scripts is the limit that it is called.
func TestScriptLimits(t *testing.T) {
	t.Parallel()
	got := scriptLimits(Config{ScriptTime: 20 * time.Second, ScriptMemory: 100, ScriptOutput: 20, ScriptCalls: 7, ScriptStorage: 8})
	want := script.Limits{Wall: 20 * time.Second, Heap: 100 << 20, Input: 20 << 20, Output: 20 << 20, Calls: 7, Storage: 8}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	pool := script.NewPool(script.Config{Command: []string{"none"}, Limits: got})
	defer pool.Close()
	if data := pool.Limits().Data; data != script.DefaultData+36<<20+80<<20 {
		t.Errorf("the process may have %d MiB", data>>20)
	}
}
