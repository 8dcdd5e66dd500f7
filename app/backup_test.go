package app

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
)

// storageOf is a new place for an installation.
func storageOf(t *testing.T, database string) Storage {
	s := Storage{Data: t.TempDir()}
	if database == "postgres" {
		s.DatabaseURL = storetest.Postgres(t).URL
	}
	return s
}

// token asks a server for an access token, and returns the status of the answer.
func (d *drill) token(client, secret string) int {
	d.t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := c.PostForm(d.app.Ready().Address+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}})
	if err != nil {
		d.t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode
}

// drill is a server whose data is saved and restored.
type drill struct {
	t      *testing.T
	app    *App
	config Config
	proc   Process
}

func (d *drill) ask(command string, input, result any) {
	d.t.Helper()
	if err := Ask(d.t.Context(), d.options(), command, input, result); err != nil {
		d.t.Fatalf("%s: %v", command, err)
	}
}

func (d *drill) options() Options {
	return Options{Storage: d.config.Storage, Keys: d.proc.Keys, Logger: d.proc.Logger}
}

// TestRestoreDrill: a backup of a running server is restored, beside nothing and in place of what is there. What was made
// before it works again, what was made after it is gone, and a client that was revoked after it stays revoked.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			config, process := testConfig(t)
			config.Storage = storageOf(t, database)
			d := &drill{t: t, config: config, proc: process}
			d.app = start(t, config, process)
			var stays, revoked ClientCredential
			d.ask(CreateClient, NewClient{Description: "stays"}, &stays)
			d.ask(CreateClient, NewClient{Description: "revoked later"}, &revoked)
			d.ask(CreateAccount, NewAccount{ID: "before", Name: "Before"}, &AccountEntry{})
			if d.token(stays.ClientID, stays.ClientSecret) != 200 || d.token(revoked.ClientID, revoked.ClientSecret) != 200 {
				t.Fatal("the clients do not work")
			}

			file := filepath.Join(t.TempDir(), "paceline.backup")
			if _, err := Backup(t.Context(), d.options(), file, func(string, int64) {}); err != nil {
				t.Fatal(err)
			}
			d.ask(CreateAccount, NewAccount{ID: "after", Name: "After"}, &AccountEntry{})
			p, err := d.app.base.principal(t.Context(), OfPartner{})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.app.base.Tenant.DeleteClient(t.Context(), p, revoked.ClientID); err != nil {
				t.Fatal(err)
			}
			d.app.Stop()

			in := Restoring{File: file, Replace: true, Tell: func(string, int64) {}}
			if database == "postgres" {
				in.Replace, in.Since = false, config.DatabaseURL
				d.config.Storage = storageOf(t, database)
			}
			other := seal.NewKey()
			wrong := d.options()
			wrong.Keys = &heldKey{&other}
			if _, err := Restore(t.Context(), wrong, in); err == nil || !strings.Contains(err.Error(), "not the one") {
				t.Errorf("with another key: %v", err)
			}
			done, err := Restore(t.Context(), d.options(), in)
			if err != nil {
				t.Fatal(err)
			}
			if done.Revoked == nil || done.Revoked.Clients != 1 || done.At.IsZero() || (done.Kept != "") != (database == "sqlite") {
				t.Errorf("restored: %+v", done)
			}
			d.app = start(t, d.config, process)
			if got := d.token(stays.ClientID, stays.ClientSecret); got != 200 {
				t.Errorf("a client of the backup gets %d", got)
			}
			if got := d.token(revoked.ClientID, revoked.ClientSecret); got == 200 {
				t.Error("a client that was revoked after the backup gets a token")
			}
			var list AccountList
			d.ask(ListAccounts, OfPartner{}, &list)
			if len(list.Accounts) != 1 || list.Accounts[0].ID != "before" {
				t.Errorf("accounts: %+v", list.Accounts)
			}
		})
	}
}

// TestMoveDrill: a server's data folder goes to PostgreSQL, where the same clients work; nobody serves from the folder again.
func TestMoveDrill(t *testing.T) {
	t.Parallel()
	config, process := testConfig(t)
	d := &drill{t: t, config: config, proc: process}
	d.app = start(t, config, process)
	var client ClientCredential
	d.ask(CreateClient, NewClient{Description: "moves along"}, &client)
	to := storetest.Postgres(t).URL
	if _, err := Move(t.Context(), d.options(), to, func(string, int64) {}); err == nil {
		t.Error("a database was moved under its server")
	}
	d.app.Stop()
	rows, err := Move(t.Context(), d.options(), to, func(string, int64) {})
	if err != nil || rows == 0 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if a, err := New(t.Context(), config, process); err == nil || !strings.Contains(err.Error(), "moved to") {
		if err == nil {
			a.Stop()
		}
		t.Errorf("a start on the old folder: %v", err)
	}
	if err := GiveUpMove(t.Context(), d.options()); err == nil {
		t.Error("a move that is done was given up")
	}
	d.config.Storage = Storage{Data: t.TempDir(), DatabaseURL: to}
	d.app = start(t, d.config, process)
	if got := d.token(client.ClientID, client.ClientSecret); got != 200 {
		t.Errorf("the client gets %d", got)
	}
}

// TestRevokeAndPrune: the commands work in a running server, and end what they name alone.
func TestRevokeAndPrune(t *testing.T) {
	t.Parallel()
	config, process := testConfig(t)
	d := &drill{t: t, config: config, proc: process}
	d.app = start(t, config, process)
	var client ClientCredential
	d.ask(CreateClient, NewClient{}, &client)
	d.ask(CreateAccount, NewAccount{ID: "acme", Name: "Acme"}, &AccountEntry{})
	if got := d.token(client.ClientID, client.ClientSecret); got != 200 {
		t.Fatalf("the client gets %d", got)
	}
	tokens := func() (n int64) {
		err := d.app.base.store.Read(t.Context(), func(tx *store.Tx) error {
			p, err := d.app.base.principal(t.Context(), OfPartner{})
			if err != nil {
				return err
			}
			list, err := tx.Tokens(p.PartnerScope(), 0, paceline.Page{})
			n = int64(len(list.Items))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	// What lets somebody in, or a credential, by its holder's next step: a sign-in at a vendor, an invitation and a first-run link.
	sealed := [][]byte{[]byte("state"), []byte("invitation"), []byte("link")}
	err := d.app.base.store.InTx(t.Context(), paceline.Scope{}, func(tx *store.Tx) error {
		p, err := d.app.base.principal(t.Context(), OfPartner{})
		if err != nil {
			return err
		}
		acme, _, err := tx.AccountByAPIID(p.PartnerScope(), "acme")
		if err == nil {
			err = tx.InsertOAuthState(acme.Scope(), store.OAuthState{Hash: sealed[0], SessionHash: sealed[0], Sealed: sealed[0], ExpiresAt: 1 << 60})
		}
		if err == nil {
			err = tx.PutInvitation(p.PartnerScope(), "somebody", sealed[1], 1<<60)
		}
		if err == nil {
			err = tx.InsertFirstRunLink(p.PartnerScope(), sealed[2], 1<<60)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	open := func() (list [3]bool) {
		err := d.app.base.store.Read(t.Context(), func(tx *store.Tx) (err error) {
			if _, list[0], err = tx.OAuthStateByHash(sealed[0]); err == nil {
				_, list[1], err = tx.InvitationByHash(sealed[1], 1)
			}
			if err == nil {
				_, list[2], err = tx.FirstRunLink(sealed[2], 1)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if open() != [3]bool{true, true, true} {
		t.Fatal("what is to be revoked is not there", open())
	}
	var done Revoked
	// Three account connectors without a credential, of two connectors, each with a sign-in under way.
	vendors := []paceline.ID{paceline.NewID(d.app.clock.Now()), paceline.NewID(d.app.clock.Now())}
	signIns, ids := [][]byte{[]byte("first"), []byte("second"), []byte("other")}, [3]int32{}
	err = d.app.base.store.InTx(t.Context(), paceline.Scope{}, func(tx *store.Tx) error {
		p, err := d.app.base.principal(t.Context(), OfPartner{})
		if err != nil {
			return err
		}
		acme, _, err := tx.AccountByAPIID(p.PartnerScope(), "acme")
		for i, hash := range signIns {
			ac := paceline.AccountConnector{Partner: acme.Partner, Account: acme.Num, SealID: paceline.NewID(d.app.clock.Now()), Name: string(hash),
				Release: paceline.ReleaseKey{UID: vendors[i/2], Version: "1.0.0"}}
			if err == nil {
				_, err = tx.InsertAccountConnector(acme.Root, &ac)
			}
			if ids[i] = ac.ID; err == nil {
				err = tx.InsertOAuthState(acme.Scope(), store.OAuthState{Hash: hash, AccountConnector: ac.ID, SessionHash: hash, Sealed: hash, ExpiresAt: 1 << 60})
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	underWay := func() (list [3]bool) {
		err := d.app.base.store.Read(t.Context(), func(tx *store.Tx) (err error) {
			for i := range signIns {
				if err == nil {
					_, list[i], err = tx.OAuthStateByHash(signIns[i])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	d.ask(Revoke, Revocation{Account: "acme", Connection: ids[0]}, &done)
	if got := underWay(); got != [3]bool{false, true, true} {
		t.Errorf("after one connection the sign-ins %v are under way", got)
	}
	d.ask(Revoke, Revocation{Connector: string(vendors[0])}, &done)
	if got := underWay(); got != [3]bool{false, false, true} {
		t.Errorf("after one connector the sign-ins %v are under way", got)
	}
	d.ask(Revoke, Revocation{Account: "acme"}, &done)
	if tokens() != 1 || done.Tokens != 0 || !done.Told || open() != [3]bool{false, true, true} {
		t.Errorf("of an account: %+v, %d tokens are left, and %v", done, tokens(), open())
	}
	d.ask(Revoke, Revocation{Everything: true}, &done)
	if open() != [3]bool{} {
		t.Errorf("of the partner %v are left", open())
	}
	if tokens() != 0 || done.Clients != 1 || d.token(client.ClientID, client.ClientSecret) == 200 {
		t.Errorf("of the partner: %+v, %d tokens are left", done, tokens())
	}
	for _, bad := range []Revocation{{}, {Account: "nobody"}, {Connection: 7}, {Account: "acme", Connection: 7}, {Connector: "none"}} {
		if err := Ask(t.Context(), d.options(), Revoke, bad, &done); err == nil {
			t.Errorf("%+v is no error", bad)
		}
	}
	d.ask(Prune, struct{}{}, &Pruned{})
}
