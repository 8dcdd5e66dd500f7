package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"paceline/bench/w1"
)

// subject is a running program that takes webhooks, and its samples.
type subject struct {
	name  string
	hook  string // URL of the webhook
	pid   int
	data  string // folder of its data
	ready readyFile
	stop  func() error // may be called again
	log   string

	perSecond, idle, lost, cpu, memory samples
}

// readyFile is what a program writes once it takes requests.
type readyFile struct {
	Address, MetricsAddress string // base URLs
	ClientID                string `json:"ClientId"`
	ClientSecret            string
}

// programs are the paths of the built binaries.
type programs struct{ paceline, reference, house string }

// build compiles both programs into folder, except a Paceline that was given.
func build(ctx context.Context, folder, paceline string) (programs, error) {
	p := programs{paceline: paceline, reference: filepath.Join(folder, "goref"), house: filepath.Join(folder, "house")}
	if err := goBuild(ctx, p.reference, "paceline/bench/goref"); err != nil {
		return p, err
	}
	if err := goBuild(ctx, p.house, "paceline/bench/house"); err != nil {
		return p, err
	}
	if p.paceline != "" {
		return p, nil
	}
	p.paceline = filepath.Join(folder, "paceline")
	return p, goBuild(ctx, p.paceline, "paceline/cmd/paceline")
}

func goBuild(ctx context.Context, to, what string) error {
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", to, what).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", what, err, out)
	}
	return nil
}

func (p programs) startReference(ctx context.Context, folder, sink string) (*subject, error) {
	s := &subject{name: "reference", data: folder, log: filepath.Join(folder, "reference.log")}
	err := s.launch(ctx, filepath.Join(folder, "reference.json"), nil, p.reference,
		"-persist", "steps", "-log", filepath.Join(folder, "reference.journal"), "-listen", "127.0.0.1:0", "-sink", sink)
	s.hook = s.ready.Address + "/webhook"
	return s, err
}

// startPaceline starts the server on what is in folder, or on a new database, and lets it call the sink. flags are added.
func (p programs) startPaceline(ctx context.Context, folder, name, databaseURL, sinkAddr, key string, flags ...string) (*subject, error) {
	s := &subject{name: name, data: filepath.Join(folder, "data"), log: filepath.Join(folder, "server.log")}
	connectors := filepath.Join(folder, "connectors")
	if err := w1.WriteConnector(connectors); err != nil {
		return nil, err
	}
	args := []string{"serve", "--addr", "127.0.0.1:0", "--data", s.data, "--connectors", connectors, "--egress-allow", sinkAddr}
	if databaseURL != "" {
		args = append(args, "--database-url", databaseURL)
	}
	args = append(args, flags...)
	return s, s.launch(ctx, filepath.Join(folder, "ready.json"), []string{"PACELINE_KEY=" + key}, p.paceline, args...)
}

// launch starts the program with --ready-file and returns once the file is there.
func (s *subject) launch(ctx context.Context, ready string, env []string, program string, args ...string) error {
	if err := os.RemoveAll(ready); err != nil {
		return err
	}
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program, append(args, "--ready-file", ready)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(environment(), env...)
	if err := cmd.Start(); err != nil {
		return err
	}
	s.pid = cmd.Process.Pid
	ended := make(chan error, 1)
	exited := make(chan struct{})
	go func() {
		ended <- cmd.Wait()
		close(exited)
	}()
	s.stop = func() error { return stop(cmd.Process, exited) }
	if err := s.awaitReady(ctx, ready, exited); err != nil {
		s.stop()
		return fmt.Errorf("start %s: %w\n%s", s.name, err, s.logTail())
	}
	return nil
}

// startLimit is how long a program may take to be ready.
const startLimit = time.Minute

func (s *subject) awaitReady(ctx context.Context, path string, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, errors.New("it is not ready after a minute"))
	defer cancel()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			text, err := os.ReadFile(path)
			if err == nil && json.Unmarshal(text, &s.ready) == nil && s.ready.Address != "" {
				return nil
			}
		case <-exited:
			return errors.New("it ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// stopLimit is how long a program may take to end when asked, before it is killed.
const stopLimit = 40 * time.Second

func stop(process *os.Process, exited <-chan struct{}) error {
	select {
	case <-exited:
		return nil
	default:
	}
	if err := process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-exited:
		return nil
	case <-limit.C:
		process.Kill()
		<-exited
		return errors.New("a program did not end when asked and was killed")
	}
}

// logTail returns the end of what the program printed.
func (s *subject) logTail() string {
	const most = 6000
	text, _ := os.ReadFile(s.log)
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return string(text)
}

// moveTo returns the webhook's URL at the base URL of a later start.
func moveTo(base, hook string) (string, error) {
	there, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(hook)
	if err != nil {
		return "", err
	}
	u.Scheme, u.Host = there.Scheme, there.Host
	return u.String(), nil
}

// environment is ours without settings of Paceline, which would change what is measured.
func environment() []string {
	var out []string
	for _, pair := range os.Environ() {
		if !bytes.HasPrefix([]byte(pair), []byte("PACELINE_")) {
			out = append(out, pair)
		}
	}
	return out
}
