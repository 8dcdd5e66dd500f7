package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// newSmallCluster is a PostgreSQL server whose data, but not its log, lies on a small file system of its own, in a mount
// namespace. disk is where the test reaches that.
func newSmallCluster(t *testing.T, size string) (c *cluster, disk string) {
	t.Helper()
	need(t, "initdb", "pg_ctl")
	c = &cluster{t: t, programs: filepath.Dir(programFile(t, "initdb"))}
	var err error
	if c.folder, err = os.MkdirTemp("", "paceline-small."); err != nil {
		t.Fatal(err)
	}
	as := []string{"unshare", "--user", "--map-user=1000", "--map-group=1000", "--"} // in which PostgreSQL is not root
	if os.Getuid() == 0 {
		as = []string{"runuser", "-u", "postgres", "--"}
		c.give("postgres")
		if _, err := user.Lookup("postgres"); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	c.url = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", c.port)
	begin := fmt.Sprintf(`%[1]s/initdb -D small/data --waldir=%[2]s/wal -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >log &&
		exec %[1]s/postgres -D small/data -p %[3]d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%[2]s`, c.programs, c.folder, c.port)
	args := append([]string{"--mount", "--", "sh", "-c", "mkdir -p small && mount -t tmpfs -o mode=0777,size=" + size + ` none small && exec "$@"`, "sh"}, append(as, "sh", "-c", begin)...)
	if os.Getuid() != 0 {
		args = append([]string{"--map-root-user"}, args...)
	}
	cmd := exec.Command("unshare", args...)
	cmd.Dir, cmd.SysProcAttr = c.folder, &syscall.SysProcAttr{Setpgid: true}
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGQUIT)
		<-ended
		os.RemoveAll(c.folder)
		if t.Failed() {
			t.Logf("the database printed:\n%s", shortened(out.String()))
		}
	})
	await(t, "the small database", func() (bool, any) {
		err := exec.Command(programFile(t, "psql"), "-X", "-q", "-w", "-c", "SELECT 1", c.url).Run()
		return err == nil, out
	})
	return c, filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "root", c.folder, "small")
}

// TestNodesOnAFullDisk fills the disk of the database's data while webhooks come to two nodes: what cannot be stored gets 503,
// reading goes on, no node ends, and within 30 s of room everything is as before, without anything lost.
func TestNodesOnAFullDisk(t *testing.T) {
	t.Parallel()
	roomyFolder(t) // says what is missing
	db, disk := newSmallCluster(t, "256m")
	c := startNodes(t, 2, 2, []string{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey})
	floods := c.floodAll("full")
	for _, f := range floods {
		f.awaitAcks(20)
	}
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	awaitRefusal(t, floods[0], "the disk is full")
	if a := c.accounts[0].c.send(http.MethodGet, "/v1.0/cycles/"+c.accounts[0].cycle, nil, nil); a.status != http.StatusOK {
		t.Errorf("a full disk stops reading, too: %d %s", a.status, a.body)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	for _, f := range floods {
		f.awaitAcks(20)
	}
	healed := time.Since(freed)
	if healed > 30*time.Second {
		t.Errorf("after %v of room everything is as before; 30 s are promised", healed)
	}
	refused := 0
	for _, f := range floods {
		refused += f.refused()
		for _, s := range f.seen() {
			if s.err != nil || s.status != http.StatusOK && s.status != http.StatusServiceUnavailable {
				t.Errorf("a delivery got %d %s, %v", s.status, s.body, s.err)
			}
		}
	}
	c.check(c.servers[0], floods)
	for i, v := range c.servers {
		if v.ended() {
			t.Errorf("node %d ended with code %d", i, v.code)
		}
	}
	tell(t, map[string]int{"full_disk_refused": refused, "full_disk_healed_ms_max": int(healed.Milliseconds())})
}
