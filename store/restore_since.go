package store

import (
	"bytes"
	"context"
)

// knownSince is what a database that is newer than a backup knows of who may do what.
type knownSince struct {
	clients    map[string]bool
	people     map[string]personSince
	members    map[member]bool // whether they administer
	factors    map[string]factorSince
	accounts   map[int64]int64 // the state of those that are not active
	connectors map[int64]credentialSince
	apps       map[appAt]appSince
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

// factorSince is a second factor.
type factorSince struct {
	sealed    []byte
	confirmed bool
}

// appAt is where an app at a vendor belongs to.
type appAt struct {
	connector string
	partner   int64
}

type appSince struct {
	client string
	secret []byte
}

// Revocations counts what a restored database took over from a newer one.
type Revocations struct{ Clients, People, Members, Factors, Accounts, Credentials, Apps int }

const (
	sqlAllClients     = `SELECT id FROM api_client`
	sqlAllPeople      = `SELECT id, password_hash, console, rights FROM person`
	sqlAllMembers     = `SELECT account_id, person_id, administrator FROM account_person`
	sqlAllFactors     = `SELECT person_id, sealed, confirmed FROM second_factor`
	sqlAllStates      = `SELECT num, state FROM account`
	sqlAllCredentials = `SELECT id, auth_sealed, seal_id, authenticated FROM account_connector`
	sqlAllApps        = `SELECT connector_uid, partner_id, client_id, secret_sealed FROM oauth_app`

	sqlEndClient  = `DELETE FROM api_client WHERE id = $1`
	sqlEndPerson  = `DELETE FROM person WHERE id = $1`
	sqlEndMembers = `DELETE FROM account_person WHERE person_id = $1`
	sqlEndMember  = `DELETE FROM account_person WHERE account_id = $1 AND person_id = $2`
	sqlDemote     = `UPDATE account_person SET administrator = 0 WHERE account_id = $1 AND person_id = $2`
	sqlSetFactor  = `INSERT INTO second_factor (partner_id, person_id, sealed, confirmed) SELECT partner_id, id, $2, $3 FROM person WHERE id = $1
		ON CONFLICT (partner_id, person_id) DO UPDATE SET sealed = excluded.sealed, confirmed = excluded.confirmed`
	sqlEndFactor     = `DELETE FROM second_factor WHERE person_id = $1`
	sqlSetApp        = `UPDATE oauth_app SET client_id = $3, secret_sealed = $4 WHERE connector_uid = $1 AND partner_id = $2`
	sqlEndApp        = `DELETE FROM oauth_app WHERE connector_uid = $1 AND partner_id = $2`
	sqlChangePerson  = `UPDATE person SET password_hash = $2, console = $3, rights = $4 WHERE id = $1`
	sqlEndAccount    = `UPDATE account SET state = $2, key_sealed = CASE WHEN CAST($2 AS BIGINT) = 2 THEN NULL ELSE key_sealed END WHERE num = $1 AND state < $2`
	sqlSetCredential = `UPDATE account_connector SET auth_sealed = $2, authenticated = $3, version = version + 1 WHERE id = $1`
)

// readSince reads it out of a database that nobody may change meanwhile, or beside its servers. It has to be there, and of the
// installation of the backup: before it is opened, which brings its schema up to date.
func readSince(ctx context.Context, o Options, backup *Store) (known *knownSince, err error) {
	if err := sameInstallation(ctx, o, backup); err != nil {
		return nil, err
	}
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
	k := &knownSince{clients: map[string]bool{}, people: map[string]personSince{}, members: map[member]bool{}, factors: map[string]factorSince{},
		accounts: map[int64]int64{}, connectors: map[int64]credentialSince{}, apps: map[appAt]appSince{}}
	for _, read := range []struct {
		sql  string
		each func(r *Row)
	}{
		{sqlAllClients, func(r *Row) { k.clients[r.Text(0)] = true }},
		{sqlAllPeople, func(r *Row) { k.people[r.Text(0)] = personSince{r.Text(1), r.Int(2), r.Bytes(3)} }},
		{sqlAllMembers, func(r *Row) { k.members[member{r.Int(0), r.Text(1)}] = r.Bool(2) }},
		{sqlAllFactors, func(r *Row) { k.factors[r.Text(0)] = factorSince{r.Bytes(1), r.Bool(2)} }},
		{sqlAllStates, func(r *Row) { k.accounts[r.Int(0)] = r.Int(1) }},
		{sqlAllCredentials, func(r *Row) { k.connectors[r.Int(0)] = credentialSince{r.Bytes(1), r.Text(2), r.Bool(3)} }},
		{sqlAllApps, func(r *Row) { k.apps[appAt{r.Text(0), r.Int(1)}] = appSince{r.Text(2), r.Bytes(3)} }},
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
// suspended or deleted, credentials, and apps at vendors. Passwords, second factors, rights, who administers an account, credentials
// and apps that have changed are taken over.
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
	for m, administers := range was.members {
		still, there := k.members[m]
		switch _, person := k.people[m.person]; {
		case !person: // ended above
		case !there:
			change(&done.Members, sqlEndMember, m.account, m.person)
		case administers && !still:
			change(&done.Members, sqlDemote, m.account, m.person)
		}
	}
	for id := range was.people {
		now, has := k.factors[id]
		before, had := was.factors[id]
		switch {
		case had && !has:
			change(&done.Factors, sqlEndFactor, id)
		case has && (!had || now.confirmed != before.confirmed || !bytes.Equal(now.sealed, before.sealed)):
			change(&done.Factors, sqlSetFactor, id, now.sealed, now.confirmed)
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
	for at, app := range was.apps {
		now, there := k.apps[at]
		switch {
		case !there:
			change(&done.Apps, sqlEndApp, at.connector, at.partner)
		case now.client != app.client || !bytes.Equal(now.secret, app.secret):
			change(&done.Apps, sqlSetApp, at.connector, at.partner, now.client, now.secret)
		}
	}
	return done, err
}
