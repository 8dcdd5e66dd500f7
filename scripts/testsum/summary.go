package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// slowest is how many of the slowest tests are shown.
const slowest = 20

// event is one line of go test -json.
type event struct {
	Time        time.Time
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64 // seconds
	Output      string
	FailedBuild string
}

// result is how one test or one package ended.
type result struct {
	name    string
	seconds float64
	reason  string // why it was skipped
}

// summary gathers events.
type summary struct {
	out      io.Writer
	output   map[string][]string // what a test or package said, until it ends
	tests    []result
	packages []result
	skipped  []result
	failed   []string
	passes   int
	started  map[string]bool // tests that have not ended
	from, to time.Time
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[string][]string{}, started: map[string]bool{}}
}

// read takes all events. Lines that are none are printed: go itself writes them.
func (s *summary) read(stream io.Reader) error {
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var e event
			if line[0] != '{' || json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(s.out, "%s\n", line)
			} else {
				s.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) take(e event) {
	if !e.Time.IsZero() {
		if s.from.IsZero() {
			s.from = e.Time
		}
		s.to = e.Time
	}
	name := e.Package
	if e.Test != "" {
		name += "." + e.Test
	}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "build-fail":
		s.failed = append(s.failed, e.ImportPath+" (does not build)")
	case "output":
		s.output[name] = append(s.output[name], e.Output)
	case "run":
		s.started[name] = true
	case "pass", "fail", "skip":
		s.end(e, name)
	}
}

func (s *summary) end(e event, name string) {
	said := s.output[name]
	delete(s.output, name)
	delete(s.started, name)
	r := result{name: name, seconds: e.Elapsed}
	if e.Test == "" {
		s.packages = append(s.packages, r)
		if e.Action != "fail" || e.FailedBuild != "" {
			return
		}
		// The package failed outside its tests, by a panic, an exit or its time limit: what it said tells which.
		if !slices.ContainsFunc(s.failed, func(f string) bool { return strings.HasPrefix(f, e.Package+".") }) {
			for test := range s.started {
				if strings.HasPrefix(test, e.Package+".") {
					said = append(said, s.output[test]...)
					s.failed = append(s.failed, test+" (never ended)")
				}
			}
			s.failed = append(s.failed, e.Package)
			s.show(name, said)
		}
		return
	}
	switch e.Action {
	case "pass":
		s.passes++
		s.tests = append(s.tests, r)
	case "skip":
		r.reason = reason(said)
		s.skipped = append(s.skipped, r)
	case "fail":
		s.tests = append(s.tests, r)
		s.failed = append(s.failed, name)
		s.show(name, said)
	}
}

func (s *summary) show(name string, said []string) {
	fmt.Fprintf(s.out, "FAILED %s\n", name)
	for _, line := range said {
		if strings.HasPrefix(line, "=== ") {
			continue
		}
		fmt.Fprintf(s.out, "    %s", line)
		if !strings.HasSuffix(line, "\n") {
			fmt.Fprintln(s.out)
		}
	}
}

// reason finds what a test gave as its reason to skip: the last line that is not the runner's own.
func reason(said []string) string {
	text := "no reason given"
	for _, line := range said {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			text = line
		}
	}
	return text
}

func (s *summary) passed() bool { return len(s.failed) == 0 }

// write writes the summary. failed is the error of the test command itself.
func (s *summary) write(w io.Writer, failed error) {
	bySeconds := func(a, b result) int {
		return cmp.Or(cmp.Compare(b.seconds, a.seconds), strings.Compare(a.name, b.name))
	}
	slices.SortFunc(s.packages, bySeconds)
	slices.SortFunc(s.tests, bySeconds)
	fmt.Fprintln(w, "\nPackages by time")
	for _, p := range s.packages {
		if p.seconds > 0 {
			fmt.Fprintf(w, "%8.2f s  %s\n", p.seconds, p.name)
		}
	}
	fmt.Fprintf(w, "\nThe slowest %d tests\n", min(slowest, len(s.tests)))
	for _, t := range s.tests[:min(slowest, len(s.tests))] {
		fmt.Fprintf(w, "%8.2f s  %s\n", t.seconds, t.name)
	}
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s\n", title)
		for _, line := range lines {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
	var skipped []string
	for _, t := range s.skipped {
		skipped = append(skipped, t.name+": "+t.reason)
	}
	slices.Sort(skipped)
	list("Skipped", skipped)
	slices.Sort(s.failed)
	list("Failed", slices.Compact(s.failed))
	fmt.Fprintf(w, "\n%d passed, %d failed, %d skipped in %d packages, %.0f s\n",
		s.passes, len(slices.Compact(s.failed)), len(s.skipped), len(s.packages), s.to.Sub(s.from).Seconds())
	if failed != nil && s.passed() {
		fmt.Fprintf(w, "the test command failed although no test did: %v\n", failed)
	}
}
