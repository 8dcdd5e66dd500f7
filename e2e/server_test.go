package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// start says how to start a server. Its data folder and the ready file are dir/data and dir/ready.json.
type start struct {
	dir      string   // "" makes a new one
	settings []string // environment, such as those of a database
	flags    []string
	prefix   []string // what runs the program, such as unshare; nil runs it itself
	program  string   // "" is the one under test as it is shipped
	byHand   bool     // as a person starts it: without a ready file, told by the screen alone
}

// server is one process of the program.
type server struct {
	ready
	t      *testing.T
	start  start
	cmd    *exec.Cmd
	out    *output
	exited chan struct{}
	code   int
}

// ready is the ready file of a start.
type ready struct {
	Address, ServiceAddress, MetricsAddress string
	ClientId, ClientSecret                  string
	AdminUser, AdminPassword                string
	Pid                                     int
}

// output collects what a process prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes some output.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

// String returns all output so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// command returns a run of the program in dir, with the settings in its environment.
func command(dir string, settings []string, prefix []string, args ...string) *exec.Cmd {
	line := append(append([]string{}, prefix...), append([]string{binary}, args...)...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), settings...)
	return cmd
}

// run runs a command of the program to its end and returns its output and exit code.
func runCommand(t *testing.T, dir string, settings []string, args ...string) (out string, code int) {
	t.Helper()
	text, err := command(dir, settings, nil, args...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return string(text), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text), 0
}

// launch starts a server without waiting for it.
func launch(t *testing.T, s start) *server {
	t.Helper()
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	args := append([]string{"serve", "--addr", "127.0.0.1:0", "--data", "data"}, s.flags...)
	if !s.byHand {
		args = append(args, "--ready-file", "ready.json")
	}
	v := &server{t: t, start: s, out: &output{}, exited: make(chan struct{})}
	os.Remove(v.readyFile()) // of an earlier start
	v.cmd = command(s.dir, s.settings, s.prefix, args...)
	if s.program != "" {
		v.cmd.Path, v.cmd.Args[0] = s.program, s.program
	}
	v.cmd.Stdout, v.cmd.Stderr = v.out, v.out
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		v.cmd.Wait()
		v.code = v.cmd.ProcessState.ExitCode()
		close(v.exited)
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("server %d printed:\n%s", v.cmd.Process.Pid, shortened(v.out.String()))
		}
		if !v.ended() {
			v.cmd.Process.Kill()
			<-v.exited
		}
	})
	return v
}

// shortened leaves out the middle of a long text.
func shortened(text string) string {
	const most = 6000
	if len(text) <= 2*most {
		return text
	}
	return text[:most] + "\n...\n" + text[len(text)-most:]
}

// serve starts a server and waits until it accepts requests.
func serve(t *testing.T, s start) *server {
	t.Helper()
	v := launch(t, s)
	v.awaitReady()
	return v
}

func (v *server) readyFile() string { return filepath.Join(v.start.dir, "ready.json") }

// screenAddress finds the address in what a start prints.
var screenAddress = regexp.MustCompile(`(?m)^  API: +(\S+)`)

// awaitReady reads the ready file once it is there.
func (v *server) awaitReady() {
	v.t.Helper()
	if !v.awaitReadyOrEnd() {
		v.t.Fatalf("the server ended with code %d:\n%s", v.code, v.out)
	}
}

// awaitReadyOrEnd is awaitReady for a server that may end before; it reports whether it did not.
func (v *server) awaitReadyOrEnd() bool {
	v.t.Helper()
	up := true
	await(v.t, "the ready file", func() (bool, any) {
		if v.ended() {
			up = false
			if text, err := os.ReadFile(v.readyFile()); err == nil && !v.start.byHand { // it was ready before
				_ = json.Unmarshal(text, &v.ready)
			}
			return true, nil
		}
		if v.start.byHand {
			m := screenAddress.FindStringSubmatch(v.out.String())
			if m != nil {
				v.Address = m[1]
			}
			return m != nil, v.out
		}
		text, err := os.ReadFile(v.readyFile())
		if err != nil {
			return false, v.out
		}
		if err := json.Unmarshal(text, &v.ready); err != nil {
			v.t.Fatalf("the ready file was seen half written: %v\n%s", err, text)
		}
		return true, nil
	})
	return up
}

func (v *server) ended() bool {
	select {
	case <-v.exited:
		return true
	default:
		return false
	}
}

// awaitEnd waits until the process has ended and returns its exit code.
func (v *server) awaitEnd() int {
	v.t.Helper()
	await(v.t, "the end of the server", func() (bool, any) { return v.ended(), v.out })
	return v.code
}

// stop ends the server as an operator does and returns its exit code.
func (v *server) stop() int {
	v.t.Helper()
	v.cmd.Process.Signal(syscall.SIGTERM)
	return v.awaitEnd()
}

// kill ends the server as a power cut does.
func (v *server) kill() {
	v.t.Helper()
	v.cmd.Process.Kill()
	<-v.exited
}

// again starts the next server on the same data, with the credentials of the first. The demo's remote systems want the
// ports that they had; the tests beside this one may have been given one meanwhile, and give it back.
func (v *server) again() *server {
	v.t.Helper()
	next := launch(v.t, v.start)
	for tries := 0; !next.awaitReadyOrEnd(); tries++ {
		if tries == 20 || !strings.Contains(next.out.String(), "address already in use") {
			v.t.Fatalf("the server ended with code %d:\n%s", next.code, next.out)
		}
		next = launch(v.t, v.start)
	}
	if next.ClientId == "" {
		next.ClientId, next.ClientSecret = v.ClientId, v.ClientSecret
	}
	return next
}

// wants fails the test unless text holds each of the parts.
func wants(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s does not say %q:\n%s", what, part, text)
		}
	}
}
