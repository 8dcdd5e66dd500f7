package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"paceline/store/storetest/testdb"
)

// The program itself runs in the scripts of testdata; "paceline" in them is this test binary.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"paceline": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"await": cmdAwait,
			// database makes one, whose address the variable gets: database [NAME].
			"database": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv(append(args, "PACELINE_DATABASE_URL")[0], testdb.New(t))
			},
			"get":  cmdGet,
			"mode": cmdMode,
			"remote": func(ts *testscript.TestScript, _ bool, _ []string) {
				s := httptest.NewServer(http.HandlerFunc(vendor))
				ts.Defer(s.Close)
				ts.Setenv("REMOTE", s.Listener.Addr().String())
			},
			"status": cmdStatus,
			"term":   cmdTerm,
		},
	})
}

// cmdStatus runs a program that has to end with an exit code: status CODE PROGRAM [ARGUMENT...].
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE PROGRAM [ARGUMENT...]")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		ended, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = ended.ExitCode()
	}
	if got := strconv.Itoa(code); got != args[0] {
		ts.Fatalf("it ended with exit code %s, want %s", got, args[0])
	}
}

// cmdMode checks a file's permissions: mode 0600 FILE.
func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := "0" + octal(info.Mode().Perm()); (got == args[0]) == neg {
		ts.Fatalf("%s has mode %s", args[1], got)
	}
}

func octal(mode os.FileMode) string {
	const digits = "01234567"
	return string([]byte{digits[mode>>6&7], digits[mode>>3&7], digits[mode&7]})
}

// vendor lists things in two pages to who has the right key.
func vendor(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Header.Get("X-Key") != "k3y-of-the-vendor":
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"message":"who are you?"}`)
	case r.Method == http.MethodPost:
		io.Copy(w, r.Body)
	case r.URL.Query().Get("page") == "":
		io.WriteString(w, `{"things":[{"id":1}],"next":"b"}`)
	default:
		io.WriteString(w, `{"things":[{"id":2}]}`)
	}
}

// cmdAwait waits until a file is there: await FILE.
func cmdAwait(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	poll, end := time.NewTicker(5*time.Millisecond), time.After(30*time.Second)
	defer poll.Stop()
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-poll.C:
		case <-end:
			ts.Fatalf("%s did not come", args[0])
		}
	}
}

// cmdGet asks a server of a ready file and keeps the body: get STATUS READYFILE KEY PATH OUT.
func cmdGet(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 5 {
		ts.Fatalf("usage: get STATUS READYFILE KEY PATH OUT")
	}
	var ready map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &ready))
	base, _ := ready[args[2]].(string)
	response, err := http.Get(base + args[3])
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[4]), body, 0o600))
	if got := strconv.Itoa(response.StatusCode); got != args[0] {
		ts.Fatalf("%s%s answered %s: %s", base, args[3], got, body)
	}
}

// cmdTerm tells the process that a file names to stop: term FILE.
func cmdTerm(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: term FILE")
	}
	var running struct{ Pid int }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &running))
	ts.Check(syscall.Kill(running.Pid, syscall.SIGTERM))
}
