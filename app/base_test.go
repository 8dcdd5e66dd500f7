package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// heldKey is a key source in memory: what cmd does with files.
type heldKey struct{ key *seal.InstallationKey }

func (h *heldKey) Find() (seal.InstallationKey, string, bool, error) {
	if h.key == nil {
		return seal.InstallationKey{}, "", false, nil
	}
	return *h.key, "memory", true, nil
}

func (h *heldKey) Keep(key seal.InstallationKey) (string, error) {
	h.key = &key
	return "memory", nil
}

func (h *heldKey) Read(text string) (seal.InstallationKey, error) { return seal.ParseKey(text) }

func (h *heldKey) Replace(string, seal.InstallationKey) (string, error) { return "", nil }

func (h *heldKey) InData(string) bool { return false }

// setup returns how to open an installation in a new folder, with a partner in it.
func setup(t *testing.T) Options {
	t.Helper()
	o := Options{Storage: Storage{Data: t.TempDir()}, Keys: &heldKey{}, Logger: slog.New(slog.DiscardHandler)}
	first := o
	first.Make = true
	b := open(t, first)
	if _, created, err := b.Tenant.FirstRun(t.Context(), tenant.FirstRunOptions{}); err != nil || !created {
		t.Fatalf("first run: %v, %v", created, err)
	}
	b.Close()
	return o
}

func open(t *testing.T, o Options) *Base {
	t.Helper()
	b, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestCommandsWithAndWithoutAServer(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ask := func(name string, input, result any) error { return Ask(t.Context(), o, name, input, result) }

	// Without a server the database is opened for each command.
	var made AccountEntry
	if err := ask(CreateAccount, NewAccount{ID: "northwind", Name: "Northwind"}, &made); err != nil {
		t.Fatal(err)
	}
	if want := (AccountEntry{ID: "northwind", Name: "Northwind", State: "active"}); made != want {
		t.Errorf("got %+v, want %+v", made, want)
	}
	if err := ask(CreateFirstRunLink, NewFirstRunLink{}, &FirstRunLink{}); err == nil || !strings.Contains(err.Error(), "--service-url") {
		t.Errorf("a link without an address: got %v", err)
	}

	// A second process can't open it, but the one that runs takes its commands.
	b := open(t, o)
	b.serviceURL = "http://127.0.0.1:8080"
	var locked *store.LockedError
	if _, err := Open(t.Context(), o); !errors.As(err, &locked) {
		t.Fatalf("a second process: got %v, want LockedError", err)
	}
	control, err := startControl(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(CreateAccount, NewAccount{Name: "Northwind Berlin", Parent: "northwind"}, &made); err != nil || made.Parent != "northwind" {
		t.Errorf("got %+v, %v", made, err)
	}
	var list AccountList
	if err := ask(ListAccounts, OfPartner{}, &list); err != nil || len(list.Accounts) != 2 {
		t.Errorf("got %+v, %v", list, err)
	}
	var client ClientCredential
	if err := ask(CreateClient, NewClient{Description: "a script"}, &client); err != nil || client.ClientID == "" || client.ClientSecret == "" {
		t.Errorf("got %+v, %v", client, err)
	}
	if _, err := b.Tenant.IssueToken(t.Context(), tenant.TokenRequest{GrantType: "client_credentials", ClientID: client.ClientID, ClientSecret: client.ClientSecret}); err != nil {
		t.Errorf("the credential gets no token: %v", err)
	}
	var link FirstRunLink
	if err := ask(CreateFirstRunLink, NewFirstRunLink{}, &link); err != nil || !strings.HasPrefix(link.URL, "http://127.0.0.1:8080/setup?token=") {
		t.Errorf("got %+v, %v", link, err)
	} else if _, secret, _ := strings.Cut(link.URL, "="); b.Tenant.CheckFirstRunLink(t.Context(), secret) != nil {
		t.Error("the link does not work")
	}

	// Errors arrive as texts for people.
	for name, c := range map[string]struct {
		command string
		input   any
		want    string
	}{
		"an id in use":      {CreateAccount, NewAccount{ID: "northwind", Name: "x"}, "ID already in use"},
		"no name":           {CreateAccount, NewAccount{}, "Name is required"},
		"another partner":   {ListAccounts, OfPartner{Partner: "x"}, "there is no partner x"},
		"another version":   {"account.paint", OfPartner{}, `no command "account.paint"`},
		"a malformed input": {ListAccounts, "text", "the command's input"},
	} {
		if err := ask(c.command, c.input, &AccountEntry{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}

	// What a crashed server leaves behind does no harm.
	left, err := os.ReadFile(filepath.Join(o.Storage.Data, controlFile))
	if err != nil {
		t.Fatal(err)
	}
	control.stop()
	if _, err := os.Stat(filepath.Join(o.Storage.Data, controlFile)); !os.IsNotExist(err) {
		t.Errorf("the file stays after a stop: %v", err)
	}
	b.Close()
	if err := os.WriteFile(filepath.Join(o.Storage.Data, controlFile), left, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ask(ListAccounts, OfPartner{}, &list); err != nil || len(list.Accounts) != 2 {
		t.Errorf("after a crash: got %+v, %v", list, err)
	}
}

// TestNothingIsMade: a command on a mistyped folder says so, and leaves nothing there; a database without a key gets none by it.
func TestNothingIsMade(t *testing.T) {
	t.Parallel()
	key := &heldKey{}
	o := Options{Storage: Storage{Data: filepath.Join(t.TempDir(), "typo")}, Keys: key, Logger: slog.New(slog.DiscardHandler)}
	for name, command := range map[string]func() error{
		"a command":        func() error { return Ask(t.Context(), o, ListNodes, struct{}{}, &NodeList{}) },
		"a move":           func() error { _, err := Move(t.Context(), o, "postgres://u@127.0.0.1:1/d", nil); return err },
		"a move given up":  func() error { return GiveUpMove(t.Context(), o) },
		"a backup":         func() error { _, err := Backup(t.Context(), o, filepath.Join(t.TempDir(), "b"), nil); return err },
		"a check of usage": func() error { return Ask(t.Context(), o, VerifyUsage, OfPartner{}, &UsageCheck{}) },
	} {
		if err := command(); err == nil || !strings.Contains(err.Error(), "paceline.db") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(o.Storage.Data); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%s made the folder: %v", name, err)
		}
	}
	s, err := store.Open(t.Context(), o.store())
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := Ask(t.Context(), o, ListAccounts, OfPartner{}, &AccountList{}); err == nil || key.key != nil {
		t.Errorf("a key was made by a command: %v, %v", key.key, err)
	}
}

func TestCommandsNeedTheSecret(t *testing.T) {
	t.Parallel()
	o := setup(t)
	b := open(t, o)
	c, err := startControl(b)
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	path := filepath.Join(o.Storage.Data, controlFile)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file with the secret: %v, %v", info.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file control
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for name, header := range map[string]string{"none": "", "empty": "Bearer ", "another": "Bearer " + paceline.NewSecret(32), "bare": file.Secret[1:]} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+file.Address+"/"+ListAccounts, bytes.NewReader([]byte("{}")))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", header)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", name, response.StatusCode)
		}
	}
}

func TestRotateKey(t *testing.T) {
	t.Parallel()
	o := setup(t)
	next := seal.NewKey()
	b := open(t, o)
	control, err := startControl(b)
	if err != nil {
		t.Fatal(err)
	}
	var done KeyRotation
	if err := Ask(t.Context(), o, RotateKey, NewKey{File: next.Encode()}, &done); err != nil || done.Keys != 2 { // the id key and the partner's
		t.Fatalf("got %+v, %v", done, err)
	}
	if err := Ask(t.Context(), o, RotateKey, NewKey{File: next.Encode()}, &done); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("the key in use: got %v", err)
	}
	if _, err := b.Tenant.CreateAccount(t.Context(), paceline.SystemPrincipalOf(1), tenant.AccountPatch{Name: tenant.Value("goes on")}); err != nil {
		t.Errorf("the server after the rotation: %v", err)
	}
	control.stop()
	b.Close()
	if _, err := Open(t.Context(), o); !errors.Is(err, tenant.ErrKeyWrong) {
		t.Errorf("the old key: got %v", err)
	}
	o.Keys = &heldKey{&next}
	b = open(t, o)
	if _, err := b.Tenant.CreateAccount(t.Context(), paceline.SystemPrincipalOf(1), tenant.AccountPatch{Name: tenant.Value("x")}); err != nil {
		t.Errorf("after the rotation: %v", err)
	}
}

func TestReadyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ready.json")
	if err := os.WriteFile(path, []byte("old, and readable by all"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := Ready{Address: "http://127.0.0.1:1", ServiceAddress: "http://127.0.0.1:1", ClientId: "c", ClientSecret: "s", Pid: 7}
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got Ready
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("got %s, %v", text, err)
	}
	if strings.Contains(string(text), "Admin") {
		t.Errorf("credentials that were not made are named: %s", text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := want.Write(filepath.Join(path, "x")); err == nil {
		t.Error("a path that can't be was taken")
	}
}
