package sftpconn_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paceline/connector"
	"paceline/connector/sftpconn"
	"paceline/connector/sshconn/sshtest"
	"paceline/internal/egress"
	"paceline/mapping"
)

type bundle struct {
	*testing.T
	compiled *connector.Compiled
	instance *connector.Instance
	runtime  *connector.Runtime
	wire     *sftpconn.Wire
	server   *sshtest.Server
	folder   string
}

// at is a server to sign in to.
type at struct{ host, port, fingerprint string }

func setup(t *testing.T, change func(properties, credential map[string]string)) *bundle {
	t.Helper()
	folder := t.TempDir()
	s, err := sshtest.Start(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return connect(t, s, folder, change)
}

func connect(t *testing.T, s *sshtest.Server, folder string, change func(properties, credential map[string]string)) *bundle {
	t.Helper()
	b := connectTo(t, at{s.Host, s.Port, s.Fingerprint}, folder, change)
	b.server = s
	return b
}

func connectTo(t *testing.T, s at, folder string, change func(properties, credential map[string]string)) *bundle {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	text, err := os.ReadFile("../../connectors/sftp/connector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, problems := connector.Parse("connector.yaml", text)
	if def == nil {
		t.Fatal(problems)
	}
	c, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := egress.New(egress.Config{Allow: []string{net.JoinHostPort(s.host, s.port)}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{T: t, compiled: c, folder: folder, wire: sftpconn.New(guard.DialContext, nil)}
	t.Cleanup(func() { b.wire.Close() })
	b.runtime = connector.New(connector.Config{Transport: guard.Transport(), Logger: quiet, Wires: map[string]http.RoundTripper{connector.TransportSFTP: b.wire}})
	properties := map[string]string{"Host": s.host, "Port": s.port, "HostKey": "SHA256:other, " + s.fingerprint}
	credential := map[string]string{"Username": sshtest.User, "Password": sshtest.Password}
	if change != nil {
		change(properties, credential)
	}
	b.instance = &connector.Instance{Account: 1, Partner: 1, Root: 1, ID: 7, Compiled: c, AuthValue: c.Auth("").AuthValue(credential), Properties: properties}
	return b
}

// call calls a method; pairs are "in:name" with a text, or a location with JSON.
func (b *bundle) call(method string, pairs ...string) (connector.Result, *connector.Error) {
	b.Helper()
	var in mapping.Inputs
	for i := 0; i < len(pairs); i += 2 {
		if where, name, ok := strings.Cut(pairs[i], ":"); ok {
			in.Params = append(in.Params, mapping.Param{In: where, Name: name, Value: mapping.Quote(pairs[i+1])})
			continue
		}
		l, err := mapping.ParseLocation(pairs[i])
		if err != nil {
			b.Fatal(err)
		}
		in.Fields = append(in.Fields, mapping.Field{Location: l, Value: mapping.Value(pairs[i+1])})
	}
	result, err := b.runtime.Call(context.Background(), connector.Call{Instance: b.instance, Method: b.compiled.Method(method), Inputs: in, LogRequest: true, Cursor: cursorOf(b.compiled.Method(method))})
	var failed *connector.Error
	if err != nil && !errors.As(err, &failed) {
		b.Fatalf("error is %T", err)
	}
	return result, failed
}

func cursorOf(m *connector.Method) *connector.Cursor {
	if !m.Cursor() {
		return nil
	}
	return &connector.Cursor{Value: "2026-01-02T03:04:05Z"}
}

func (b *bundle) must(method string, pairs ...string) connector.Result {
	b.Helper()
	result, failed := b.call(method, pairs...)
	if failed != nil {
		b.Fatal(method, failed.Detail)
	}
	return result
}

// on reads a file of the server's folder.
func (b *bundle) on(name string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(b.folder, name))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// TestFiles works on files of a server, by one connection that comes back when it was lost.
func TestFiles(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.files()
	if b.server.Opened() != 1 || b.wire.Idle() != 1 {
		t.Errorf("%d connections were opened, %d are kept", b.server.Opened(), b.wire.Idle())
	}
	b.server.Drop()
	b.must("list-files")
}

// TestFilesOfOpenSSH works on files of OpenSSH's server, by a key that is locked, and sees that it refuses another one.
func TestFilesOfOpenSSH(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, err := sshtest.StartOpenSSH("../../scripts/need", folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	server := at{s.Host, s.Port, s.Fingerprint}
	login := func(key, passphrase string) func(_, credential map[string]string) {
		return func(_, credential map[string]string) {
			clear(credential)
			credential["Username"], credential["PrivateKey"], credential["Passphrase"] = s.User, key, passphrase
		}
	}
	connectTo(t, server, folder, login(s.PrivateKey, s.Passphrase)).files()
	stranger, err := sshtest.Start(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stranger.Close)
	for name, b := range map[string]*bundle{
		"a key of nobody":    connectTo(t, server, folder, login(stranger.PrivateKey, "")),
		"a password":         connectTo(t, server, folder, nil),
		"a wrong passphrase": connectTo(t, server, folder, login(s.PrivateKey, "another word")),
		"another server":     connectTo(t, at{s.Host, s.Port, stranger.Fingerprint}, folder, login(s.PrivateKey, s.Passphrase)),
	} {
		if _, failed := b.call("list-files"); failed == nil || failed.Class != connector.ClassAuth {
			t.Errorf("%s: %v", name, failed)
		}
	}
}

// files writes, lists, reads, moves and deletes files.
func (b *bundle) files() {
	t := b.T
	t.Helper()
	b.must("test-connection")
	b.must("create-folder", "template:Path", "in/deep")
	b.must("write-file", "template:Path", "in/orders 1.csv", "file", `{"name":"x","text":"id,name\nA-1,Ann\nA-2,\"Bo, jr.\"\n"}`)
	b.must("write-file", "template:Path", "in/deep/raw.bin", "file", `{"base64":"AAEC/w=="}`)
	b.must("write-file", "template:Path", "in/deep/raw.bin", "file", `{"base64":"AAEC/w=="}`) // over itself
	if b.on("in/deep/raw.bin") != "\x00\x01\x02\xff" {
		t.Errorf("%q", b.on("in/deep/raw.bin"))
	}
	if got, _ := filepath.Glob(filepath.Join(b.folder, "in", ".*")); len(got) > 0 {
		t.Error("what was not finished stayed", got)
	}
	result := b.must("list-files", "template:Folder", "in", "query:recursive", "true", "query:pattern", "*.*")
	var list struct {
		Files []struct {
			Name, Path, Kind string
			Size             int
		}
	}
	if err := json.Unmarshal(result.Output, &list); err != nil || len(list.Files) != 2 || result.Rows != 2 || list.Files[0].Path != "in/orders 1.csv" || list.Files[1].Path != "in/deep/raw.bin" || list.Files[1].Size != 4 {
		t.Error(err, string(result.Output))
	}
	if result = b.must("read-csv-file", "template:Path", "in/orders 1.csv"); string(result.Output) != `[{"id":"A-1","name":"Ann"},{"id":"A-2","name":"Bo, jr."}]` {
		t.Error(string(result.Output))
	}
	if result = b.must("read-file", "template:Path", filepath.Join(b.folder, "in/deep/raw.bin")); !strings.Contains(string(result.Output), `"base64":"AAEC/w=="`) || !strings.Contains(string(result.Output), `"name":"raw.bin"`) {
		t.Error(string(result.Output))
	}
	old := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(b.folder, "in/orders 1.csv"), old, old); err != nil {
		t.Fatal(err)
	}
	if result = b.must("list-updated-files", "template:Folder", "in", "query:recursive", "true"); result.Rows != 1 || !strings.Contains(string(result.Output), "raw.bin") || result.Cursor == nil || result.Cursor.Value <= "2026-01-02" {
		t.Error(string(result.Output), result.Cursor)
	}
	b.must("move-file", "template:Path", "in/orders 1.csv", "query:to", "in/done.csv")
	for name, pairs := range map[string][]string{
		"there already": {"write-new-file", "template:Path", "in/done.csv", "file", `"x"`},
		"not there":     {"read-file", "template:Path", "in/orders 1.csv"},
		"over another":  {"move-file", "template:Path", "in/deep/raw.bin", "query:to", "in/done.csv"},
	} {
		if _, failed := b.call(pairs[0], pairs[1:]...); failed == nil || failed.Class != connector.ClassPermanent {
			t.Errorf("%s: %v", name, failed)
		}
	}
	for _, pairs := range [][]string{{"read-file", "template:Path", "in/../../etc/passwd"}, {"move-file", "template:Path", "in/done.csv", "query:to", "../x"}} {
		if _, failed := b.call(pairs[0], pairs[1:]...); failed == nil || !strings.Contains(failed.Detail+failed.Error(), "leads out") {
			t.Errorf("%v: %v", pairs, failed)
		}
	}
	for range 2 {
		b.must("delete-file", "template:Path", "in/done.csv")
	}
}

// TestSignIn: by password and by key, never to a server whose key is another one.
func TestSignIn(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	byKey := connect(t, b.server, b.folder, func(_, credential map[string]string) {
		delete(credential, "Password")
		credential["PrivateKey"] = strings.ReplaceAll(b.server.PrivateKey, "\n", " ") // as an input of one line gives it
	})
	byKey.must("list-files")
	for name, c := range map[string]struct {
		says   string
		change func(properties, credential map[string]string)
	}{
		"key that is not known": {b.server.Fingerprint, func(p, _ map[string]string) { delete(p, "HostKey") }},
		"another key":           {"not the one that is set", func(p, _ map[string]string) { p["HostKey"] = "SHA256:other" }},
		"wrong password":        {"refused the user name", func(_, c map[string]string) { c["Password"] = "wrong" }},
		"no key":                {"not one in PEM", func(_, c map[string]string) { c["PrivateKey"] = "nothing" }},
	} {
		before := b.server.Opened()
		other := connect(t, b.server, b.folder, c.change)
		result, failed := other.call("list-files")
		if failed == nil || failed.Class != connector.ClassAuth || !strings.Contains(failed.Detail, c.says) || b.server.Opened() != before || strings.Contains(string(result.Exchanges[0].Request), sshtest.Password) {
			t.Errorf("%s: %v", name, failed)
		}
	}
	other := connect(t, b.server, b.folder, func(p, _ map[string]string) { p["Host"] = "127.0.0.2" })
	if _, failed := other.call("list-files"); failed == nil || !errors.Is(failed, egress.ErrRefused) {
		t.Error(failed)
	}
}
