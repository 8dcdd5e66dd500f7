package script_test

import (
	"os"
	"testing"

	"paceline/script/worker"
)

// TestMain makes the test's program a worker when the pool starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Argument {
		os.Exit(worker.Main(os.Stdin, os.Stdout))
	}
	if len(os.Args) > 2 && os.Args[1] == liarArgument {
		lie(os.Args[2])
		return
	}
	if len(os.Args) > 4 && os.Args[1] == mortalArgument {
		mortal(os.Args[2], os.Args[3], os.Args[4])
		return
	}
	os.Exit(m.Run())
}
