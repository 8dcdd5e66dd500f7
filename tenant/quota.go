package tenant

import (
	"context"

	"paceline"
	"paceline/store"
)

// QuotaPatch is what a caller may say about a quota. null inherits (of a partner: none), 0 is no quota.
type QuotaPatch struct {
	Bytes, Tasks Patch[int]
}

// AccountQuota is how an account stands in its billing period, its sub accounts not among it.
type AccountQuota struct {
	AccountID string // API id
	Own       paceline.AccountQuota
	Counts    paceline.Quota // what counts, the partner's included
	Bytes     int64          // stored
	Tasks     int64          // used since Start
	Start     paceline.Micros
}

func (c QuotaPatch) check() error {
	for name, v := range map[string]Patch[int]{"StoredBytesQuota": c.Bytes, "TaskQuota": c.Tasks} {
		if v.given() && v.Value < 0 {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", "it must not be negative")
		}
	}
	return nil
}

// Quota returns how an account stands. Errors: NotFound.
func (t *Tenant) Quota(ctx context.Context, p paceline.Principal, id string) (q AccountQuota, err error) {
	if err := needPartner(p, AreaAccounts, paceline.ViewRight); err != nil {
		return q, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		a, err := mustFindAccount(tx, p.PartnerScope(), id)
		if err != nil {
			return err
		}
		q, err = t.quota(tx, a)
		return err
	})
	return q, err
}

func (t *Tenant) quota(tx *store.Tx, a paceline.Account) (q AccountQuota, err error) {
	partner, _, err := tx.Partner(a.Scope())
	if err != nil {
		return q, err
	}
	start, end := paceline.BillingPeriod(a.NextBillDate, t.clock.Now())
	q = AccountQuota{AccountID: a.APIID, Own: a.Quota, Counts: a.Quota.Over(partner.Settings.Quota), Start: paceline.ToMicros(start)}
	if q.Bytes, err = tx.StoredBytes(a.Scope()); err != nil {
		return q, err
	}
	u, err := tx.AccountUsage(a.Scope(), q.Start.Day(), paceline.ToMicros(end).Day())
	q.Tasks = u.OK + u.Incident
	return q, err
}

// SetQuota changes the quota of an account. Errors: NotFound, Invalid.
func (t *Tenant) SetQuota(ctx context.Context, p paceline.Principal, id string, read func() (QuotaPatch, error)) (q AccountQuota, err error) {
	if err := needPartner(p, AreaAccounts, paceline.EditRight); err != nil {
		return q, err
	}
	var a paceline.Account
	err = t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if a, err = mustFindAccount(tx, p.PartnerScope(), id); err != nil {
			return err
		}
		c, err := read()
		if err == nil {
			err = c.check()
		}
		if err != nil {
			return err
		}
		c.Bytes.intoPtr(&a.Quota.Bytes)
		c.Tasks.intoPtr(&a.Quota.Tasks)
		if err := tx.UpdateAccount(p.PartnerScope(), a); err != nil {
			return err
		}
		if q, err = t.quota(tx, a); err != nil {
			return err
		}
		return audit(tx, p, a.Num, "account.quota_set", "account", a.APIID, "")
	})
	if err == nil {
		t.changed(a)
	}
	return q, err
}

// DefaultQuota returns the quota of the partner's accounts that have none of their own.
func (t *Tenant) DefaultQuota(ctx context.Context, p paceline.Principal) (paceline.Quota, error) {
	s, err := t.Settings(ctx, p)
	return s.Quota, err
}

// SetDefaultQuota changes it. Errors: Invalid.
func (t *Tenant) SetDefaultQuota(ctx context.Context, p paceline.Principal, c QuotaPatch) (paceline.Quota, error) {
	s, err := t.UpdateSettings(ctx, p, SettingsPatch{Quota: c})
	return s.Quota, err
}

// applyDefault sets the quota of a partner.
func (c QuotaPatch) applyDefault(q *paceline.Quota) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Bytes.Set {
		q.Bytes = int64(c.Bytes.Value)
	}
	if c.Tasks.Set {
		q.Tasks = int64(c.Tasks.Value)
	}
	return nil
}
