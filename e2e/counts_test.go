package e2e

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

// tell prints counts on one line, where make chaos finds them.
func tell(t *testing.T, counts map[string]int) {
	t.Helper()
	line, err := json.Marshal(counts)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("counts %s", line)
}

// number is a setting of a long run, 0 without it.
func number(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return 0
	}
	return n
}
