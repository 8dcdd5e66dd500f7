// Command testsum runs go test -json and says what came of it.
//
//	testsum [-summary FILE] -- go test -json ./...
//
// It prints the output of tests that fail as they fail, then each package's time, the slowest tests, every skipped
// test with its reason, and the counts. Its exit code is 0 when everything passed, 1 when a test or a build failed,
// 2 when the tests could not be run.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	file := flag.String("summary", "bin/test.txt", "file for a copy of the summary")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: testsum [-summary FILE] -- go test -json ./...")
		os.Exit(2)
	}
	code, err := run(flag.Args(), *file, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	os.Exit(code)
}

func run(command []string, file string, out, errs io.Writer) (int, error) {
	// An interrupt reaches the tests by itself; they end, and the summary of what was done follows. (Ignoring it would
	// make the tests ignore it, too.)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = errs
	stream, err := cmd.StdoutPipe()
	if err != nil {
		return 2, err
	}
	if err := cmd.Start(); err != nil {
		return 2, err
	}
	s := newSummary(out)
	if err := s.read(stream); err != nil {
		return 2, err
	}
	failed := cmd.Wait()
	var text bytes.Buffer
	s.write(&text, failed)
	if _, err := out.Write(text.Bytes()); err != nil {
		return 2, err
	}
	if file != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return 2, err
		}
		if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
			return 2, err
		}
	}
	if failed != nil || !s.passed() {
		return 1, nil
	}
	return 0, nil
}
