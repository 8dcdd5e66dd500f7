package catalog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/mapping"
	"paceline/store"
)

// farewell is what it takes to tell a vendor that webhooks and tokens are not needed any more, once the account
// connector has lost its credential or is gone. It is kept, sealed under the partner's key, until the vendor has
// heard it, for a day at most.
type farewell struct {
	Root           int64
	UID            paceline.ID
	Version        string
	Authentication string
	AuthValue      string
	AuthHash       []byte // of what was stored: while it still is, nothing is said
	Properties     map[string]string
	Client         connector.Client
	Hooks          []farewellHook
}

// farewellHook is a subscription that is to be removed. Remote is "" for one whose id never arrived.
type farewellHook struct {
	Subscription store.Subscription
	Remote       string
	Values       map[string]mapping.Value // what the step gave
}

// How long the first try may take that a caller waits for, and how long a farewell waits for an account to be
// deleted before it is dropped.
const (
	farewellWithin = 20 * time.Second
	farewellStale  = time.Hour
)

// parting is a farewell together with the subscriptions in whose place it comes.
type parting struct {
	row     *store.Farewell // nil when there is nothing to say
	partner int64
	hooks   []store.Subscription
	of      int32 // the account connector, 0 when the subscriptions stay
}

// prepareFarewell makes what is to be said about an account connector's credential. Without webhooks those stay, for
// a credential that takes its place.
func (r *Room) prepareFarewell(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, webhooks bool) (parting, error) {
	leave := parting{partner: ac.Partner}
	if rel == nil || r.vendors == nil {
		return leave, nil
	}
	if webhooks {
		leave.of = ac.ID
		err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
			leave.hooks, err = tx.SubscriptionsOf(ac.Partner, ac.ID)
			return err
		})
		if err != nil {
			return leave, err
		}
	}
	auth := authOf(rel, ac.Authentication)
	if len(leave.hooks) == 0 && !(auth.OAuth2() && auth.RevokeURL != "" && len(ac.AuthSealed) > 0) {
		return leave, nil
	}
	inst, err := r.instanceOf(ctx, a, ac)
	if err != nil {
		return leave, err
	}
	f := farewellOf(ac, inst, inst.AuthValue, ac.AuthSealed)
	for _, s := range leave.hooks {
		h := farewellHook{Subscription: s}
		if s.Made {
			if h.Remote, err = r.openFor(ctx, s, s.RemoteSealed); err != nil {
				return leave, err
			}
		}
		if h.Values, err = r.openValues(ctx, s); err != nil {
			return leave, err
		}
		h.Subscription.RemoteSealed, h.Subscription.SecretSealed, h.Subscription.InputsSealed = nil, nil, nil
		f.Hooks = append(f.Hooks, h)
	}
	leave.row, err = r.newFarewell(ctx, ac, f)
	return leave, err
}

// revokeUnkept tells the vendor of a grant that came when nobody wanted it any more; sealed is what would have been stored.
func (r *Room) revokeUnkept(ctx context.Context, ac paceline.AccountConnector, inst *connector.Instance, value string, sealed []byte) error {
	if inst.Auth == nil || !inst.Auth.OAuth2() || inst.Auth.RevokeURL == "" {
		return nil
	}
	row, err := r.newFarewell(ctx, ac, farewellOf(ac, inst, value, sealed))
	if err == nil {
		err = r.keepFarewell(ctx, *row)
	}
	if err == nil {
		r.say(ctx, row)
	}
	return err
}

func farewellOf(ac paceline.AccountConnector, inst *connector.Instance, value string, sealed []byte) farewell {
	hash := sha256.Sum256(sealed)
	return farewell{
		Root: inst.Root, UID: ac.Release.UID, Version: ac.Release.Version, Authentication: ac.Authentication, AuthValue: value, AuthHash: hash[:],
		Properties: inst.Properties, Client: inst.Client,
	}
}

func (r *Room) newFarewell(ctx context.Context, ac paceline.AccountConnector, f farewell) (*store.Farewell, error) {
	now := r.clock.Now()
	row := &store.Farewell{
		ID: paceline.NewID(now), Partner: ac.Partner, Account: ac.Account, AccountConnector: ac.ID,
		DueAt: paceline.ToMicros(now), CreatedAt: paceline.ToMicros(now),
	}
	var err error
	row.Sealed, err = r.sealFarewell(ctx, row, f)
	return row, err
}

// put stores it within the transaction that drops the credential, in place of the subscriptions that it is about;
// errMeanwhile where there are others by now.
func (f parting) put(tx *store.Tx) error {
	if f.of != 0 {
		now, err := tx.SubscriptionsOf(f.partner, f.of)
		if err != nil {
			return err
		}
		if !slices.EqualFunc(now, f.hooks, func(a, b store.Subscription) bool { return a.ID == b.ID && bytes.Equal(a.RemoteSealed, b.RemoteSealed) }) {
			return errMeanwhile
		}
	}
	for _, s := range f.hooks {
		if err := tx.DeleteSubscription(s.Scope(), s.ID); err != nil {
			return err
		}
	}
	if f.row == nil {
		return nil
	}
	return tx.PutFarewell(paceline.Scope{Partner: f.row.Partner, Account: f.row.Account}, *f.row)
}

func (r *Room) sealFarewell(ctx context.Context, row *store.Farewell, f farewell) ([]byte, error) {
	key, err := r.keys.PartnerKeyOf(ctx, row.Partner)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	return key.SealSecret(text, "farewell/"+string(row.ID), row.Partner, 0), nil
}

// say says a farewell at once, as far as the vendor lets it; the sweep does the rest.
func (r *Room) say(ctx context.Context, row *store.Farewell) {
	if row == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewellWithin)
	defer cancel()
	if err := r.sayOne(ctx, *row); err != nil {
		r.log.Warn("a vendor could not be told of a credential that is gone; trying again", "account connector", row.AccountConnector, "error", err)
	}
}

// sayDue says the farewells whose time has come, many at the same time but one account connector's one after the other. A
// vendor that does not answer keeps a place for each account connector that it has there: others wait once it has them all.
func (r *Room) sayDue(ctx context.Context) error {
	now, places := paceline.ToMicros(r.clock.Now()), make(chan struct{}, sweepPage)
	var all sync.WaitGroup
	defer all.Wait()
	for last := (store.Farewell{}); ctx.Err() == nil; {
		var due []store.Farewell
		err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
			due, err = tx.DueFarewells(now, last, sweepPage)
			return err
		})
		if err != nil || len(due) == 0 {
			return err
		}
		for _, row := range due {
			places <- struct{}{}
			all.Go(func() {
				defer func() { <-places }()
				defer r.parting.lock(int64(row.AccountConnector))()
				if err := r.sayOne(ctx, row); err != nil {
					r.log.Warn("a vendor could not be told of a credential that is gone; trying again", "account connector", row.AccountConnector, "error", err)
				}
			})
		}
		last = due[len(due)-1]
	}
	return nil
}

// sayOne is one try. An error says that there will be another.
func (r *Room) sayOne(ctx context.Context, row store.Farewell) error {
	text, err := r.broker.Open(ctx, row.Sealed, "farewell/"+string(row.ID), row.Partner, 0)
	if err != nil {
		return fmt.Errorf("open a farewell: %w", err)
	}
	var f farewell
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("read a farewell: %w", err)
	}
	used, err := r.stillUsed(ctx, row, f)
	if err != nil {
		return err
	}
	now := r.clock.Now()
	if used { // by an account that is about to be deleted, or was not after all
		if paceline.ToMicros(now)-row.CreatedAt > paceline.Micros(farewellStale.Microseconds()) {
			return r.endFarewell(ctx, row, "")
		}
		row.DueAt = paceline.ToMicros(now.Add(time.Minute))
		return r.keepFarewell(ctx, row)
	}
	failed := r.speak(ctx, &row, f)
	if failed == nil {
		return r.endFarewell(ctx, row, "the vendor was told")
	}
	if row.Tries++; row.Tries >= removeTries {
		r.log.Error("a vendor was not told of a credential that is gone; tokens or webhooks may be left there", "account connector", row.AccountConnector, "error", failed)
		return r.endFarewell(ctx, row, "the vendor could not be told: tokens or webhooks may be left there")
	}
	row.DueAt = r.retryAt(row.Tries)
	return errors.Join(failed, r.keepFarewell(ctx, row))
}

// stillUsed reports whether the account connector still has the credential.
func (r *Room) stillUsed(ctx context.Context, row store.Farewell, f farewell) (used bool, err error) {
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		a, found, err := tx.AccountByNum(paceline.Scope{Partner: row.Partner, Account: row.Account})
		if err != nil || !found || a.State == paceline.AccountDeleted {
			return err
		}
		ac, found, err := tx.AccountConnector(a, row.AccountConnector)
		hash := sha256.Sum256(ac.AuthSealed)
		used = found && len(ac.AuthSealed) > 0 && string(hash[:]) == string(f.AuthHash)
		return err
	})
	return used, err
}

// speak removes the webhooks and revokes the tokens. An access token that it had to renew is kept with the row.
func (r *Room) speak(ctx context.Context, row *store.Farewell, f farewell) error {
	rel, err := r.releases.Get(ctx, row.Partner, f.UID, f.Version)
	if err != nil {
		return err
	}
	agent := ""
	if err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		agent, err = tx.UserAgent(paceline.Scope{Partner: row.Partner})
		return err
	}); err != nil {
		return err
	}
	inst := &connector.Instance{
		Account: row.Account, Partner: row.Partner, Root: f.Root, ID: row.AccountConnector, Compiled: rel.Compiled, Auth: rel.Compiled.Auth(f.Authentication),
		AuthValue: f.AuthValue, Properties: f.Properties, Client: f.Client, Secrets: []string{f.AuthValue}, UserAgent: agent,
	}
	if len(f.Hooks) > 0 && r.vendors.Due(inst) {
		grant, err := r.vendors.Obtain(ctx, inst)
		if errors.Is(err, connector.ErrGrantInvalid) {
			return nil // the vendor has ended it; with it go the webhooks that it made, as far as anybody can do
		}
		if err != nil {
			return err
		}
		f.AuthValue = grant.Text()
		if row.Sealed, err = r.sealFarewell(ctx, row, f); err != nil {
			return err
		}
		if err := r.keepFarewell(ctx, *row); err != nil {
			return err
		}
		inst = &connector.Instance{
			Account: inst.Account, Partner: inst.Partner, Root: inst.Root, ID: inst.ID, Compiled: inst.Compiled, Auth: inst.Auth,
			AuthValue: f.AuthValue, Properties: f.Properties, Client: f.Client, Secrets: []string{f.AuthValue}, UserAgent: agent,
		}
	}
	for _, h := range f.Hooks {
		if err := r.removeHook(ctx, inst, h); err != nil {
			return err
		}
	}
	return r.vendors.Revoke(ctx, inst)
}

func (r *Room) removeHook(ctx context.Context, inst *connector.Instance, h farewellHook) error {
	if h.Subscription.Release != "" {
		rel, err := r.releases.Get(ctx, h.Subscription.Partner, inst.Compiled.UID(), h.Subscription.Release)
		if err != nil {
			return err
		}
		inst = inst.At(rel.Compiled)
	}
	w := subscribed{Subscription: h.Subscription, instance: inst, trigger: inst.Compiled.TriggerByUID(h.Subscription.Method), values: h.Values}
	if w.trigger == nil || w.trigger.Subscription() == nil {
		return nil
	}
	if h.Remote == "" {
		return r.forgetLost(ctx, &w)
	}
	_, err := r.hookCall(ctx, &w, w.trigger.Subscription().Delete, connector.WebhookInfo{ID: h.Remote})
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

func (r *Room) keepFarewell(ctx context.Context, row store.Farewell) error {
	return r.inPartner(ctx, row.Partner, func(tx *store.Tx) error {
		return tx.PutFarewell(paceline.Scope{Partner: row.Partner, Account: row.Account}, row)
	})
}

// endFarewell forgets it, and records how it ended unless nothing was said.
func (r *Room) endFarewell(ctx context.Context, row store.Farewell, how string) error {
	return r.inPartner(ctx, row.Partner, func(tx *store.Tx) error {
		scope := paceline.Scope{Partner: row.Partner, Account: row.Account}
		if err := tx.DeleteFarewell(scope, row.ID); err != nil || how == "" {
			return err
		}
		return audit(tx, paceline.SystemPrincipalOf(row.Partner), scope, "account_connector.revoked", "account_connector", idText(row.AccountConnector), how)
	})
}

// inPartner runs a transaction of the partner: the account may be deleted.
func (r *Room) inPartner(ctx context.Context, partner int64, f func(*store.Tx) error) error {
	return r.store.InTx(context.WithoutCancel(ctx), paceline.Scope{Partner: partner}, f)
}
