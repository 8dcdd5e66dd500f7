package store

import (
	"bytes"
	"context"
)

// knownSince is what a database that is newer than a backup knows of who may do what.
type knownSince struct {
	clients    map[string]bool
	people     map[string]personSince
	members    map[member]bool
	accounts   map[int64]int64 // the state of those that are not active
	connectors map[int64]credentialSince
}

type personSince struct {
	password string
	console  int64
	rights   []byte
}

type member struct {
	account int64
	person  string
}

type credentialSince struct {
	sealed        []byte
	sealID        string
	authenticated bool
}

// Revocations counts what a restored database took over from a newer one.
type Revocations struct{ Clients, People, Members, Accounts, Credentials int }

const (
	sqlAllClients     = `SELECT id FROM api_client`
	sqlAllPeople      = `SELECT id, password_hash, console, rights FROM person`
	sqlAllMembers     = `SELECT account_id, person_id FROM account_person`
	sqlAllStates      = `SELECT num, state FROM account`
	sqlAllCredentials = `SELECT id, auth_sealed, seal_id, authenticated FROM account_connector`

	sqlEndClient     = `DELETE FROM api_client WHERE id = $1`
	sqlEndPerson     = `DELETE FROM person WHERE id = $1`
	sqlEndMembers    = `DELETE FROM account_person WHERE person_id = $1`
	sqlEndMember     = `DELETE FROM account_person WHERE account_id = $1 AND person_id = $2`
	sqlChangePerson  = `UPDATE person SET password_hash = $2, console = $3, rights = $4 WHERE id = $1`
	sqlEndAccount    = `UPDATE account SET state = $2, key_sealed = CASE WHEN CAST($2 AS BIGINT) = 2 THEN NULL ELSE key_sealed END WHERE num = $1 AND state < $2`
	sqlSetCredential = `UPDATE account_connector SET auth_sealed = $2, authenticated = $3, version = version + 1 WHERE id = $1`
)

// readSince reads it out of a database that nobody may change meanwhile, or beside its servers.
func readSince(ctx context.Context, o Options) (known *knownSince, err error) {
	o.Aside = true
	s, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	err = s.Read(ctx, func(tx *Tx) (err error) {
		known, err = tx.knownSince()
		return err
	})
	return known, err
}

func (tx *Tx) knownSince() (*knownSince, error) {
	k := &knownSince{clients: map[string]bool{}, people: map[string]personSince{}, members: map[member]bool{}, accounts: map[int64]int64{}, connectors: map[int64]credentialSince{}}
	for _, read := range []struct {
		sql  string
		each func(r *Row)
	}{
		{sqlAllClients, func(r *Row) { k.clients[r.Text(0)] = true }},
		{sqlAllPeople, func(r *Row) { k.people[r.Text(0)] = personSince{r.Text(1), r.Int(2), r.Bytes(3)} }},
		{sqlAllMembers, func(r *Row) { k.members[member{r.Int(0), r.Text(1)}] = true }},
		{sqlAllStates, func(r *Row) { k.accounts[r.Int(0)] = r.Int(1) }},
		{sqlAllCredentials, func(r *Row) { k.connectors[r.Int(0)] = credentialSince{r.Bytes(1), r.Text(2), r.Bool(3)} }},
	} {
		err := tx.query(read.sql, nil, func(r *Row) error {
			read.each(r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return k, nil
}

// apply ends in a restored database what is gone in the newer one: clients, people and their access, accounts that were
// suspended or deleted, and credentials. Passwords, rights and credentials that have changed are taken over.
func (k *knownSince) apply(tx *Tx) (*Revocations, error) {
	if k == nil {
		return nil, nil
	}
	was, err := tx.knownSince()
	if err != nil {
		return nil, err
	}
	done := &Revocations{}
	change := func(n *int, sql string, args ...any) {
		if err == nil {
			if _, err = tx.exec(sql, args...); n != nil {
				*n++
			}
		}
	}
	for id := range was.clients {
		if !k.clients[id] {
			change(&done.Clients, sqlEndClient, id)
		}
	}
	for id, p := range was.people {
		now, there := k.people[id]
		switch {
		case !there:
			change(&done.People, sqlEndPerson, id)
			change(nil, sqlEndMembers, id)
		case now.password != p.password || now.console != p.console || !bytes.Equal(now.rights, p.rights):
			change(&done.People, sqlChangePerson, id, now.password, now.console, now.rights)
		}
	}
	for m := range was.members {
		if _, person := k.people[m.person]; person && !k.members[m] {
			change(&done.Members, sqlEndMember, m.account, m.person)
		}
	}
	for num, state := range was.accounts {
		if k.accounts[num] > state {
			change(&done.Accounts, sqlEndAccount, num, k.accounts[num])
		}
	}
	for id, c := range was.connectors {
		now, there := k.connectors[id]
		switch {
		case !there || now.sealID != c.sealID:
			if c.sealed != nil {
				change(&done.Credentials, sqlSetCredential, id, []byte(nil), false)
			}
		case !bytes.Equal(now.sealed, c.sealed) || now.authenticated != c.authenticated:
			change(&done.Credentials, sqlSetCredential, id, now.sealed, now.authenticated)
		}
	}
	return done, err
}
