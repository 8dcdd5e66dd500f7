package tenant

import (
	"context"
	"strings"

	"paceline"
	"paceline/store"
)

// UpdateAccount changes what the patch names and leaves the rest. Another API id renames the account if
// it is free; the parent never changes. Errors: NotFound, Invalid.
func (t *Tenant) UpdateAccount(ctx context.Context, p paceline.Principal, id string, c AccountPatch) (paceline.Account, error) {
	if err := needPartner(p, AreaAccounts, paceline.EditRight); err != nil {
		return paceline.Account{}, err
	}
	return t.updateAccount(ctx, p, id, c)
}

// UpdateOwnAccount is UpdateAccount for the account's administrators, of what is theirs: description, time zone, retention and
// error webhook. Errors: Forbidden, Invalid.
func (t *Tenant) UpdateOwnAccount(ctx context.Context, p paceline.Principal, a paceline.Account, c AccountPatch) (paceline.Account, error) {
	if err := mayAdminister(p, a, AreaAccounts, paceline.EditRight); err != nil {
		return paceline.Account{}, err
	}
	return t.updateAccount(ctx, p, string(a.ID), AccountPatch{
		Description: c.Description, Timezone: c.Timezone, SuccessRetentionHours: c.SuccessRetentionHours, ErrorRetentionHours: c.ErrorRetentionHours,
		ErrorWebhookEnabled: c.ErrorWebhookEnabled, ErrorWebhookURL: c.ErrorWebhookURL, ErrorWebhookIncludeWarnings: c.ErrorWebhookIncludeWarnings,
	})
}

func (t *Tenant) updateAccount(ctx context.Context, p paceline.Principal, id string, c AccountPatch) (paceline.Account, error) {
	if c.ID.given() && c.ID.Value != "" {
		if err := checkAPIID(c.ID.Value); err != nil {
			return paceline.Account{}, err
		}
	}
	scope := p.PartnerScope()
	var a paceline.Account
	err := t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		var err error
		if a, err = mustFindAccount(tx, scope, id); err != nil {
			return err
		}
		was := a.APIID
		if err := c.keepsParent(tx, scope, a); err != nil {
			return err
		}
		if err := c.apply(&a); err != nil {
			return err
		}
		if c.ID.given() && c.ID.Value != "" && c.ID.Value != a.APIID && !strings.EqualFold(c.ID.Value, string(a.ID)) {
			if err := checkFree(tx, scope, c.ID.Value, a.ID); err != nil {
				return err
			}
			a.APIID = c.ID.Value
		}
		if err := tx.UpdateAccount(scope, a); err != nil {
			return err
		}
		if c.ErrorWebhookEnabled.given() || c.ErrorWebhookURL.given() {
			if err := aliveAgain(tx, store.DeliveryQueue{Scope: a.Scope()}); err != nil {
				return err
			}
		}
		comment := ""
		if a.APIID != was {
			comment = "Id was " + was
		}
		return audit(tx, p, a.Num, "account.updated", "account", a.APIID, comment)
	})
	if err != nil {
		return paceline.Account{}, err
	}
	t.changed(a)
	return a, nil
}

// keepsParent lets a caller send back the parent that it read, and refuses another one.
func (c AccountPatch) keepsParent(tx *store.Tx, scope paceline.Scope, a paceline.Account) error {
	if !c.ParentAccountID.given() || c.ParentAccountID.Value == "" || c.ParentAccountID.Value == a.ParentID {
		return nil
	}
	parent, found, err := findAccount(tx, scope, c.ParentAccountID.Value)
	if err != nil {
		return err
	}
	if !found {
		return paceline.Fail(paceline.CodeParentNotFound)
	}
	if parent.Num != a.Parent {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "ParentAccountId", "reason", "the parent of an account never changes")
	}
	return nil
}

// SuspendAccount refuses everything of an account until ResumeAccount; its transactions are kept. A
// second time changes nothing. Errors: NotFound.
func (t *Tenant) SuspendAccount(ctx context.Context, p paceline.Principal, id string) (paceline.Account, error) {
	return t.setState(ctx, p, id, paceline.AccountSuspended, "account.suspended")
}

// ResumeAccount ends a suspension. A second time changes nothing. Errors: NotFound.
func (t *Tenant) ResumeAccount(ctx context.Context, p paceline.Principal, id string) (paceline.Account, error) {
	return t.setState(ctx, p, id, paceline.AccountActive, "account.resumed")
}

func (t *Tenant) setState(ctx context.Context, p paceline.Principal, id string, state paceline.AccountState, action string) (paceline.Account, error) {
	if err := needPartner(p, AreaAccounts, paceline.ManageRight); err != nil {
		return paceline.Account{}, err
	}
	scope := p.PartnerScope()
	var a paceline.Account
	err := t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		var err error
		if a, err = mustFindAccount(tx, scope, id); err != nil || a.State == state {
			return err
		}
		a.State = state
		if err := tx.UpdateAccount(scope, a); err != nil {
			return err
		}
		return audit(tx, p, a.Num, action, "account", a.APIID, "")
	})
	if err != nil {
		return paceline.Account{}, err
	}
	t.changed(a)
	return a, nil
}
