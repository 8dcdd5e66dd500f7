package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"paceline/store/storetest/testdb"
)

var (
	update  = flag.Bool("update", false, "write what the README's commands really print into it")
	program = flag.String("program", "", "test this program instead of building one")
)

// binary is the program under test, built once; repository is the folder of the clone.
var binary, repository string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	// What a developer has set for his own server must not reach the tests'.
	for _, name := range []string{"PACELINE_DATABASE_URL", "PACELINE_KEY", "PACELINE_KEY_FILE", "PACELINE_DATA", "PACELINE_ADDR"} {
		os.Unsetenv(name)
	}
	folder, err := os.MkdirTemp("", "paceline-e2e.")
	if err == nil {
		defer os.RemoveAll(folder)
		err = prepare(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// prepare finds the clone and builds the program as make does.
func prepare(folder string) (err error) {
	if repository, err = filepath.Abs(".."); err != nil {
		return err
	}
	if *program != "" {
		binary, err = filepath.Abs(*program)
		return err
	}
	binary = filepath.Join(folder, "paceline")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "./cmd/paceline")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// database is one of the two that everything runs on.
type database struct {
	name string
	// open makes an empty database and returns the settings that name it.
	open func(t *testing.T) []string
}

var databases = []database{
	{"SQLite", func(*testing.T) []string { return nil }},
	{"PostgreSQL", func(t *testing.T) []string {
		return []string{"PACELINE_DATABASE_URL=" + testdb.New(t), "PACELINE_KEY=" + installationKey}
	}},
}

// installationKey is a key for tests: 32 bytes in base64.
const installationKey = "ubGjitcIJlT0XGhCTQIMPn6WqHNGDJcG20+GGGN+RJ8="

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, settings []string)) {
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test(t, d.open(t))
		})
	}
}

// patience bounds every wait of these tests. They run beside others on small machines.
const patience = 60 * time.Second

// await asks until ok says yes, and fails the test with what it last said when patience ends.
func await(t testing.TB, what string, ok func() (done bool, state any)) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for {
		done, state := ok()
		if done {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited %v for %s; the last state is %v", patience, what, state)
		}
	}
}
