package main

import (
	"errors"
	"strings"
	"testing"
)

const stream = `{"Time":"2024-01-01T00:00:00Z","Action":"start","Package":"p/a"}
{"Time":"2024-01-01T00:00:01Z","Action":"run","Package":"p/a","Test":"TestGood"}
{"Action":"output","Package":"p/a","Test":"TestGood","Output":"quiet\n"}
{"Action":"pass","Package":"p/a","Test":"TestGood","Elapsed":1.5}
{"Action":"run","Package":"p/a","Test":"TestSkip"}
{"Action":"output","Package":"p/a","Test":"TestSkip","Output":"=== RUN   TestSkip\n"}
{"Action":"output","Package":"p/a","Test":"TestSkip","Output":"    a_test.go:1: needs a moon\n"}
{"Action":"output","Package":"p/a","Test":"TestSkip","Output":"--- SKIP: TestSkip (0.00s)\n"}
{"Action":"skip","Package":"p/a","Test":"TestSkip","Elapsed":0}
{"Action":"pass","Package":"p/a","Elapsed":2}
`

func summarise(t *testing.T, events string, failed error) (string, bool) {
	t.Helper()
	var out strings.Builder
	s := newSummary(&out)
	if err := s.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	s.write(&out, failed)
	return out.String(), s.passed()
}

func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func TestPassing(t *testing.T) {
	text, passed := summarise(t, stream, nil)
	if !passed || strings.Contains(text, "quiet") {
		t.Errorf("passed %v:\n%s", passed, text)
	}
	wants(t, text, "    2.00 s  p/a\n", "    1.50 s  p/a.TestGood\n", "Skipped\n  p/a.TestSkip: a_test.go:1: needs a moon\n", "1 passed, 0 failed, 1 skipped in 1 packages, 1 s")
}

func TestFailing(t *testing.T) {
	text, passed := summarise(t, stream+`{"Action":"run","Package":"p/b","Test":"TestBad/case"}
{"Action":"output","Package":"p/b","Test":"TestBad/case","Output":"    b_test.go:9: it broke\n"}
{"Action":"fail","Package":"p/b","Test":"TestBad/case","Elapsed":0.1}
{"Action":"fail","Package":"p/b","Test":"TestBad","Elapsed":0.1}
{"Action":"fail","Package":"p/b","Elapsed":0.2}
`, errors.New("exit status 1"))
	if passed {
		t.Error("passed")
	}
	wants(t, text, "FAILED p/b.TestBad/case\n        b_test.go:9: it broke\n", "Failed\n  p/b.TestBad\n  p/b.TestBad/case\n", "1 passed, 2 failed, 1 skipped in 2 packages")
}

func TestPanickingPackage(t *testing.T) {
	text, passed := summarise(t, `{"Action":"run","Package":"p/c","Test":"TestPanic"}
{"Action":"output","Package":"p/c","Test":"TestPanic","Output":"panic: oh no\n"}
{"Action":"output","Package":"p/c","Output":"FAIL\tp/c\n"}
{"Action":"fail","Package":"p/c","Elapsed":0.2}
`, errors.New("exit status 1"))
	if passed {
		t.Error("passed")
	}
	wants(t, text, "panic: oh no", "p/c.TestPanic (never ended)", "0 passed, 2 failed")
}

func TestBrokenBuild(t *testing.T) {
	text, passed := summarise(t, `{"ImportPath":"p/d","Action":"build-output","Output":"d.go:1: syntax error\n"}
{"ImportPath":"p/d","Action":"build-fail"}
{"Action":"fail","Package":"p/d","Elapsed":0,"FailedBuild":"p/d"}
go: something else
`, errors.New("exit status 1"))
	if passed {
		t.Error("passed")
	}
	wants(t, text, "d.go:1: syntax error", "p/d (does not build)", "go: something else", "0 passed, 1 failed")
}

func TestCommandFailsAlone(t *testing.T) {
	text, _ := summarise(t, stream, errors.New("exit status 3"))
	wants(t, text, "the test command failed although no test did: exit status 3")
}
