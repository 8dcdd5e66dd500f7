package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// block is one command block of the README and the output that stands below it.
type block struct {
	file     string
	line     int // where the block begins
	commands string
	want     string // "" when nothing is shown
	from, to int    // where the output stands in the text; both 0 when nothing is shown
}

var fenced = regexp.MustCompile("(?m)^```sh\n((?s:.*?))^```\n(\n```text\n((?s:.*?))^```\n)?")

// blocks finds the command blocks of a document.
func blocks(text string) []block {
	var all []block
	for _, m := range fenced.FindAllStringSubmatchIndex(text, -1) {
		b := block{line: 1 + strings.Count(text[:m[0]], "\n"), commands: text[m[2]:m[3]]}
		if m[4] >= 0 {
			b.want, b.from, b.to = text[m[6]:m[7]], m[6], m[7]
		} else {
			b.from, b.to = m[1], m[1]
		}
		all = append(all, b)
	}
	return all
}

// masks replace what differs from run to run.
var masks = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "<time>"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "<host>"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}`), "<secret>"},
	{regexp.MustCompile(`\b[0-9a-f]{32,}\b`), "<secret>"},
	{regexp.MustCompile(`/api/webhook/[\w-]{32}`), "/api/webhook/<secret>"},
	{regexp.MustCompile(`(Client secret: +)[\w-]{43}`), "$1<secret>"},
	{regexp.MustCompile(`development( [0-9a-f]{12}(\+changes)?)?`), "<version>"},
	{regexp.MustCompile(`\d+(\.\d+)? ms\b`), "<n> ms"},
	{regexp.MustCompile(`\(\d+ bytes`), "(<n> bytes"}, // bodies hold addresses
}

// identifier is numbered by its first appearance, so that the same one must be shown where the same one is printed.
var identifier = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func masked(text string) string {
	text = strings.ReplaceAll(text, "\r", "")
	for _, m := range masks {
		text = m.what.ReplaceAllString(text, m.with)
	}
	seen := map[string]int{}
	return identifier.ReplaceAllStringFunc(text, func(id string) string {
		if _, ok := seen[id]; !ok {
			seen[id] = len(seen) + 1
		}
		return fmt.Sprintf("<id %d>", seen[id])
	})
}

// agree reports whether the output is as the document shows it. There, a line "..." stands for any lines, and "..."
// within a line for any text of it.
func agree(want, got string) bool {
	pattern := "^"
	for line := range strings.Lines(masked(want)) {
		if line == "...\n" {
			pattern += `(?:.*\n)*?`
		} else {
			pattern += strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, `.*`)
		}
	}
	return regexp.MustCompile(pattern + "$").MatchString(masked(got))
}

func TestAgree(t *testing.T) {
	const one, other = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
	for _, c := range []struct {
		want, got string
		agree     bool
	}{
		{"a\n", "a\n", true},
		{"a\n", "b\n", false},
		{"a\n", "a\nb\n", false},
		{"a\n...\n", "a\nb\nc\n", true},
		{"...\nc\n", "a\nb\nc\n", true},
		{"...\nc\n", "a\nb\n", false},
		{"at 127.0.0.1:8080 since 2026-01-02T03:04:05.1Z\n", "at 127.0.0.1:99 since 2027-01-02T03:04:05Z\n", true},
		{"HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\r\n", true},
		{"200\n", "201\n", false},
		{"{...}\n", "{1}\n", true},
		{"{...}\n", "{\n}\n", false},
		{one + "\n" + one + "\n", other + "\n" + other + "\n", true},
		{one + "\n" + one + "\n", one + "\n" + other + "\n", false},
	} {
		if got := agree(c.want, c.got); got != c.agree {
			t.Errorf("%q, %q: %v", c.want, c.got, got)
		}
	}
}

// documents have commands that people follow; those of the later ones go on in the session of the first.
var documents = []string{"README.md", "docs/api.md"}

// TestReadme runs every command of the README in its order and then those of docs/api.md, on both databases, and compares
// what they print. With -update the documents take what is printed on SQLite, except where they shorten with "...".
func TestReadme(t *testing.T) {
	need(t, "curl", "openssl", "node", "make")
	var all []block
	texts := map[string]string{}
	for _, name := range documents {
		text, err := os.ReadFile(filepath.Join(repository, name))
		if err != nil {
			t.Fatal(err)
		}
		found := blocks(string(text))
		if len(found) < 5 {
			t.Fatalf("found %d blocks of commands only in %s", len(found), name)
		}
		for i := range found {
			found[i].file = name
		}
		texts[name] = string(text)
		all = append(all, found...)
	}
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			if !*update {
				t.Parallel()
			}
			printed := tour(t, all, d.open(t))
			if *update && d.name == "SQLite" {
				for name, text := range texts {
					write(t, name, text, all, printed)
				}
				return
			}
			for i, b := range all {
				if !agree(b.want, printed[i]) {
					t.Errorf("%s:%d shows another output than the commands have\n%s\nshown:\n%s\nprinted:\n%s", b.file, b.line, b.commands, b.want, printed[i])
				}
			}
		})
	}
}

// tour runs the blocks in one session of bash in a folder like a fresh clone, whose bin/paceline is the program. The
// first block, make run, goes on beside the others, as in a terminal of its own.
func tour(t *testing.T, all []block, settings []string) []string {
	clone := t.TempDir()
	if err := os.Mkdir(filepath.Join(clone, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"bin/paceline": binary}
	for _, name := range []string{"Makefile", "scripts", "script"} {
		links[name] = filepath.Join(repository, name)
	}
	for link, target := range links {
		if err := os.Symlink(target, filepath.Join(clone, link)); err != nil {
			t.Fatal(err)
		}
	}
	// The program is built already, so make finds a go that does nothing; and the port must be free.
	tools := t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "go"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	settings = append(settings, "PACELINE_ADDR=127.0.0.1:0", "PATH="+tools+":"+os.Getenv("PATH"))
	run, rest := all[0], all[1:]
	if strings.TrimSpace(run.commands) != "make run" {
		t.Fatalf("README.md:%d is not make run", run.line)
	}
	first := &output{}
	server := bash(clone, settings, run.commands)
	server.Stdout, server.Stderr = first, first
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		syscall.Kill(-server.Process.Pid, syscall.SIGTERM)
		<-ended
		if t.Failed() {
			t.Logf("make run printed:\n%s", first)
		}
	})
	await(t, "make run", func() (bool, any) {
		select {
		case err := <-ended:
			ended <- err
			t.Fatal("make run ended: ", err)
		default:
		}
		return strings.Contains(first.String(), "With curl:"), first
	})

	var script strings.Builder
	for i, b := range rest {
		fmt.Fprintf(&script, "printf '%s%d\\n'\n%s", mark, i, b.commands)
		script.WriteString("[ -z \"$(tail -c 1 ../printed)\" ] || echo\n") // as a terminal shows the next prompt below
	}
	printed := filepath.Join(filepath.Dir(clone), "printed")
	file, err := os.Create(printed)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	session := bash(clone, settings, script.String())
	session.Stdout, session.Stderr = file, file
	if err := session.Run(); err != nil {
		t.Errorf("the commands of the README end with: %v", err)
	}
	text, err := os.ReadFile(printed)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), mark)[1:]
	if len(parts) != len(rest) {
		t.Fatalf("%d of %d blocks ran:\n%s", len(parts), len(rest), text)
	}
	out := []string{first.String()}
	for _, part := range parts {
		_, after, _ := strings.Cut(part, "\n")
		out = append(out, after)
	}
	return out
}

// mark begins the output of a block.
const mark = "\x1eblock "

func bash(dir string, settings []string, script string) *exec.Cmd {
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = dir
	// A make around the tests must not show through in the one that is played.
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=", "MFLAGS=")
	cmd.Env = append(cmd.Env, settings...)
	cmd.WaitDelay = 1
	return cmd
}

// write puts what was printed into the document of that name.
func write(t *testing.T, name, document string, all []block, printed []string) {
	var out bytes.Buffer
	at := 0
	for i, b := range all {
		if b.file != name {
			continue
		}
		out.WriteString(document[at:b.from])
		at = b.to
		switch {
		case agree(b.want, printed[i]), strings.Contains(b.want, "..."):
			out.WriteString(b.want)
		case b.want != "":
			io.WriteString(&out, strings.ReplaceAll(printed[i], "\r", ""))
		case printed[i] != "":
			fmt.Fprintf(&out, "\n```text\n%s```\n", strings.ReplaceAll(printed[i], "\r", ""))
		}
	}
	out.WriteString(document[at:])
	if err := os.WriteFile(filepath.Join(repository, name), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// need makes sure that programs are there, as the Makefile does.
func need(t *testing.T, programs ...string) {
	t.Helper()
	if out, err := exec.Command(filepath.Join(repository, "scripts/need"), programs...).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
}
