package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/store"
)

// Revocation says whose credentials end: those of one Connection of an Account, all of an Account, of a Connector in all
// accounts, or Everything of the partner.
type Revocation struct {
	OfPartner
	Account    string
	Connection int32
	Connector  string
	Everything bool
}

// Revoked is what one call has ended. More says that the same call goes on with the rest; Told, that a server runs, which
// tells vendors.
type Revoked struct {
	Credentials, Clients, Tokens int
	More, Told                   bool
}

// The bounds of one call.
const (
	revokeAtOnce = 100
	revokers     = 6               // at the same time; PostgreSQL has connections for more, which requests need
	revokeFor    = 3 * time.Second // the other nodes are told after each call, so that use stops there within five seconds
)

func (b *Base) revoke(ctx context.Context, in Revocation) (out Revoked, err error) {
	out.Told = b.serviceURL != ""
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return out, err
	}
	var a paceline.Account
	if in.Account != "" {
		if a, err = b.Tenant.GetAccount(ctx, p, in.Account); err != nil {
			return out, err
		}
	}
	if in.Connection != 0 {
		if a.Num == 0 {
			return out, errors.New("an account connector is named with its account")
		}
		if _, err := b.Catalog.DeauthenticateConnector(ctx, p, a, in.Connection); err != nil {
			return out, err
		}
		out.Credentials = 1
		return out, nil
	}
	if in.Connector == "" && (a.Num != 0 || in.Everything) {
		if err := b.revokeWaysIn(ctx, p, a, &out); err != nil {
			return out, err
		}
	} else if in.Connector == "" {
		return out, errors.New("say whose credentials end")
	}
	err = b.revokeCredentials(ctx, p, a, paceline.ID(in.Connector), &out)
	if err == nil && in.Connector != "" && out.Credentials == 0 && !out.More {
		err = b.knowsConnector(ctx, paceline.ID(in.Connector))
	}
	return out, err
}

// revokeWaysIn ends what lets somebody in: tokens, and of a whole partner its clients.
func (b *Base) revokeWaysIn(ctx context.Context, p paceline.Principal, a paceline.Account, out *Revoked) (err error) {
	if a.Num == 0 {
		clients, err := b.Tenant.Clients(ctx, p)
		if err != nil {
			return err
		}
		for _, c := range clients {
			if err := b.Tenant.DeleteClient(ctx, p, string(c.ID)); err != nil && paceline.KindOf(err) != paceline.NotFound {
				return err
			}
			out.Clients++
		}
	}
	out.Tokens, err = b.Tenant.RevokeBearers(ctx, p, a)
	return err
}

// knowsConnector keeps a mistyped id from looking like a connector without credentials.
func (b *Base) knowsConnector(ctx context.Context, uid paceline.ID) error {
	return b.store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.ReleasesOfConnector(uid, "")
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("no connector has the id %q", uid)
		}
		return err
	})
}

// revokeCredentials ends those of account connectors for a while, several at the same time, for each waits for its own commit.
func (b *Base) revokeCredentials(ctx context.Context, p paceline.Principal, a paceline.Account, connector paceline.ID, out *Revoked) error {
	end := b.clock.Now().Add(revokeFor)
	for after := int32(0); ; {
		var list []store.Credential
		err := b.store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.Credentials(paceline.Scope{Partner: p.Partner, Account: a.Num}, connector, after, revokeAtOnce)
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].Connector
		if out.More = b.clock.Now().After(end); out.More {
			return nil
		}
		n, err := b.revokeEach(ctx, p, list)
		out.Credentials += n
		if err != nil {
			return err
		}
	}
}

// revokeEach ends some credentials and returns their number. What it was cut off from by an error is found again by another try.
func (b *Base) revokeEach(ctx context.Context, p paceline.Principal, list []store.Credential) (int, error) {
	var ended atomic.Int32
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	left := make(chan store.Credential, len(list))
	for _, c := range list {
		left <- c
	}
	close(left)
	for range revokers {
		all.Go(func() {
			for c := range left {
				if failed.Load() != nil {
					return
				}
				switch err := b.revokeOne(ctx, p, c); {
				case paceline.KindOf(err) == paceline.NotFound: // removed, or its account, meanwhile
				case err != nil:
					failed.CompareAndSwap(nil, &err)
				default:
					ended.Add(1)
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return int(ended.Load()), *err
	}
	return int(ended.Load()), nil
}

func (b *Base) revokeOne(ctx context.Context, p paceline.Principal, c store.Credential) error {
	var owner paceline.Account
	err := b.store.Read(ctx, func(tx *store.Tx) (err error) {
		owner, _, err = tx.AccountByNum(paceline.Scope{Partner: p.Partner, Account: c.Account})
		return err
	})
	if err != nil {
		return err
	}
	return b.Catalog.RevokeCredential(ctx, p, owner, c.Connector)
}
