package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline/e2e/clock"
)

// movedProgram builds the program with a clock that tests move, once.
var movedProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "paceline-moved")
	build := exec.Command("go", "build", "-trimpath", "-tags", "testclock", "-o", path, "./cmd/paceline")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// times are clocks of nodes and of their database that go the same way, as fast as the test wants; the wall of each node can be
// set off.
type times struct {
	t       *testing.T
	setting clock.Setting
	files   []string
}

// newTimes makes clocks for n nodes.
func newTimes(t *testing.T, rate int64, n int) *times {
	t.Helper()
	now := time.Now().Truncate(time.Second)
	c := &times{t: t, setting: clock.Setting{Real: now, Fake: now, Rate: rate}}
	dir := t.TempDir()
	for i := range n {
		c.files = append(c.files, filepath.Join(dir, fmt.Sprint("clock-", i)))
		c.step(i, 0)
	}
	return c
}

// now is the time of the test.
func (c *times) now() time.Time { return c.setting.At(time.Now()) }

// await waits until a time of the test.
func (c *times) await(at time.Time) {
	<-time.After(time.Until(c.setting.Real.Add(at.Sub(c.setting.Fake) / time.Duration(c.setting.Rate))))
}

// step sets the wall of a node's clock off.
func (c *times) step(node int, off time.Duration) {
	c.t.Helper()
	s := c.setting
	s.Step = off
	if err := s.Write(c.files[node]); err != nil {
		c.t.Fatal(err)
	}
}

// with is the setting by which a node goes by its clock.
func (c *times) with(node int) string { return "PACELINE_TEST_CLOCK=" + c.files[node] }

// move makes the database's clock that of the test, from the next connection on: a function of its own stands in the way to
// the one of the system.
func (c *times) move(db *cluster) {
	c.t.Helper()
	fake := fmt.Sprintf(`CREATE SCHEMA moved;
		CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
			$$ SELECT to_timestamp(%d) + (pg_catalog.clock_timestamp() - to_timestamp(%d)) * %d $$;
		ALTER DATABASE postgres SET search_path = public, moved, pg_catalog`, c.setting.Fake.Unix(), c.setting.Real.Unix(), c.setting.Rate)
	db.query(fake)
}

// query asks the database and returns its rows.
func (c *cluster) query(sql string) (rows [][]string) {
	c.t.Helper()
	out, err := exec.Command(programFile(c.t, "psql"), "-X", "-q", "-At", "-w", "-v", "ON_ERROR_STOP=1", "-c", sql, c.url).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		rows = append(rows, strings.Split(strings.TrimSpace(line), "|"))
	}
	return rows
}
