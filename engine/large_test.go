package engine_test

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store/storetest"
)

const largeEnv = "PACELINE_ENGINE_LARGE"

// largeBound is the most memory, in MiB, that a process may ever take which splits an answer of 100 MB into 100,000
// transactions: the program and its database, the children that run at once, and of the answer a few chunks.
const largeBound = 200

// TestSplitInBoundedMemory splits an answer of 100 MB into 100,000 transactions, in a process of its own, and looks
// at the most memory that this process took from the system.
func TestSplitInBoundedMemory(t *testing.T) {
	if os.Getenv(largeEnv) != "" {
		splitLarge(t)
		return
	}
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSplitInBoundedMemory$", "-test.v")
	cmd.Env = append(os.Environ(), largeEnv+"=1")
	out, err := cmd.CombinedOutput()
	found := regexp.MustCompile(`peak: (\d+) MiB`).FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	peak := must(strconv.Atoi(string(found[1])))
	t.Logf("peak resident memory for an answer of 100 MB: %d MiB", peak)
	if peak > largeBound {
		t.Errorf("%d MiB, want no more than %d", peak, largeBound)
	}
}

func splitLarge(t *testing.T) {
	const rows = 100_000
	remote := &longList{rows: rows, padding: 960, seen: map[string]int{}}
	h := furnish(t.Context(), storetest.Open(t, storetest.SQLite(t)), remote, "https://remote.example")
	h.limits.StepData, h.calls.Response = 200<<20, 200<<20
	h.start(t.Context())
	defer func() { h.engine.Stop(t.Context()) }()
	_, address := splitCycle(t, h)
	_, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(4 * time.Minute); remote.calls.Load() < 30_000; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d calls after four minutes", remote.calls.Load())
		}
	}
	children, err := h.engine.Transactions(t.Context(), h.principal(), h.account, engine.TransactionFilter{Split: "Child"}, paceline.Page{Size: 1})
	if err != nil || len(children.Items) == 0 {
		t.Fatal(err)
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	t.Logf("peak: %d MiB", usage.Maxrss>>10)
}
