package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDiskFull fills the disk of the data folder while webhooks arrive. Those that cannot be stored get 503 with
// Retry-After; when there is room again the server goes on by itself, and has every webhook that it acknowledged.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	// The server has a small file system of its own as its data folder, in a mount namespace, which needs no rights
	// where the kernel lets users have namespaces. The test reaches it through the process.
	v, in := relay(t, start{dir: roomyFolder(t), prefix: []string{
		"unshare", "--map-root-user", "--mount", "--", "sh", "-c", `mkdir -p data && mount -t tmpfs -o size=100m none data && exec "$@"`, "sh",
	}}, r)
	disk := fmt.Sprintf("/proc/%d/root%s/data", v.cmd.Process.Pid, v.start.dir)
	f := startFlood(in, "full", 2)
	f.awaitAcks(20)

	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	awaitRefusal(t, f, "the disk is full")
	if a := in.c.send(http.MethodGet, "/v1.0/cycles/"+in.cycle, nil, nil); a.status != http.StatusOK {
		t.Errorf("a full disk stops reading, too: %d %s", a.status, a.body)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	f.awaitAcks(20)
	checkOutage(t, in, r, f.end())
}

// roomyFolder is a folder whose path has no symbolic links.
func roomyFolder(t *testing.T) string {
	t.Helper()
	if out, err := exec.Command("unshare", "--map-root-user", "--mount", "--", "mount", "-t", "tmpfs", "none", "/mnt").CombinedOutput(); err != nil {
		t.Fatalf("this test needs a kernel that lets it mount a tmpfs in a namespace of its own (unshare --map-root-user --mount): %v %s", err, out)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size >= 1<<10; { // the last bytes in small pieces
		if _, err := file.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPostgreSQLAway stops the database server while webhooks arrive. They get 503 with Retry-After within two
// seconds; when the database is back the server goes on by itself, and has every webhook that it acknowledged.
func TestPostgreSQLAway(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"immediate", "fast"} { // a crash, and a shutdown by its operator
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			db := newCluster(t)
			r := newRemote(t)
			v, in := relay(t, start{settings: []string{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey}}, r)
			f := startFlood(in, "away", 2)
			f.awaitAcks(20)

			db.stop(mode)
			awaitRefusal(t, f, "the database is away")
			begin := time.Now()
			a, err := in.deliver("while it is away")
			if took := time.Since(begin); err != nil || a.status != http.StatusServiceUnavailable || took > promised+slowness {
				t.Errorf("a delivery got %d %s, %v after %v; %v is promised", a.status, a.body, err, took, promised)
			}
			db.start()
			f.awaitAcks(20)
			log := f.end()
			for _, s := range log {
				if s.took > promised+slowness {
					t.Errorf("a delivery waited %v for its %d; %v is promised", s.took, s.status, promised)
				}
			}
			checkOutage(t, in, r, log)
			if v.ended() {
				t.Errorf("the server ended with code %d", v.code)
			}
		})
	}
}

// promised is the time after which a webhook gets its 503 when the database is away; slowness is what a small machine
// with many tests may add.
const promised, slowness = 2 * time.Second, 2 * time.Second

// awaitRefusal waits until deliveries are refused.
func awaitRefusal(t *testing.T, f *flood, why string) {
	t.Helper()
	before := len(f.seen())
	await(t, "a refusal, because "+why, func() (bool, any) {
		return slices.ContainsFunc(f.seen()[before:], func(s sent) bool { return s.status == http.StatusServiceUnavailable }), nil
	})
}

// checkOutage looks at everything that was sent before, in and after an outage.
func checkOutage(t *testing.T, in installation, r *remote, log []sent) {
	t.Helper()
	refused := 0
	for _, s := range log {
		switch {
		case s.err != nil:
			t.Errorf("%s got no answer: %v", s.event, s.err)
		case s.status == http.StatusOK:
		case s.status == http.StatusServiceUnavailable:
			refused++
			if seconds, err := strconv.Atoi(s.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 60 {
				t.Errorf("%s got 503 with Retry-After %q", s.event, s.header.Get("Retry-After"))
			}
		default:
			t.Errorf("%s got %d %s", s.event, s.status, s.body)
		}
	}
	events, transactions := acknowledged(log)
	t.Logf("%d deliveries acknowledged, %d refused", len(events), refused)
	in.awaitStatus("Completed", transactions...)
	if _, missing := r.repeated(events); len(missing) > 0 {
		t.Errorf("acknowledged events lack a call: %v", missing)
	}
}

// cluster is a PostgreSQL server of the test's own.
type cluster struct {
	t        *testing.T
	folder   string
	port     int
	programs string
	as       []string // runs a command as the user of the server, which must not be root
	url      string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	need(t, "initdb", "pg_ctl")
	c := &cluster{t: t, programs: filepath.Dir(programFile(t, "initdb"))}
	var err error
	if c.folder, err = os.MkdirTemp("", "paceline-cluster."); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.run("pg_ctl", "-D", c.data(), "-m", "immediate", "stop")
		os.RemoveAll(c.folder)
	})
	if os.Getuid() == 0 {
		c.as = []string{"runuser", "-u", "postgres", "--"}
		c.give("postgres")
	}
	c.must("initdb", "-D", c.data(), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	c.url = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", c.port)
	c.start()
	return c
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

// give makes the folder the user's.
func (c *cluster) give(name string) {
	c.t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		c.t.Fatalf("root needs a user named %s to run PostgreSQL: %v", name, err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2, os.Chown(c.folder, uid, gid)); err != nil {
		c.t.Fatal(err)
	}
}

// start starts the server and waits until it takes connections.
func (c *cluster) start() {
	c.t.Helper()
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s", c.port, c.folder)
	c.must("pg_ctl", "-D", c.data(), "-l", filepath.Join(c.folder, "log"), "-w", "-t", "60", "-o", options, "start")
}

// stop stops the server: "immediate" as a crash does, "fast" as an operator does.
func (c *cluster) stop(mode string) {
	c.t.Helper()
	c.must("pg_ctl", "-D", c.data(), "-m", mode, "-w", "stop")
}

func (c *cluster) must(program string, args ...string) {
	c.t.Helper()
	if err := c.run(program, args...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) run(program string, args ...string) error {
	line := append(append([]string{}, c.as...), filepath.Join(c.programs, program))
	cmd := exec.Command(line[0], append(line[1:], args...)...)
	cmd.Dir = c.folder // which the user may read
	// The server inherits the output: a pipe would be open for as long as it runs.
	out, err := os.CreateTemp("", "paceline-cluster-output.")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		out.Seek(0, io.SeekStart)
		text, _ := io.ReadAll(out)
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, text)
	}
	return nil
}

// programFile finds a program on the path, or where Debian keeps PostgreSQL's.
func programFile(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s is missing", name)
	}
	return found[len(found)-1]
}
