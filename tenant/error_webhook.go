package tenant

import (
	"context"
	"strconv"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/internal/seal"
	"paceline/store"
)

// fieldErrorWebhook is the place that secrets of error webhooks are sealed for.
const fieldErrorWebhook = "error_webhook"

// previousSecretSigns is how long the secret before a new one signs beside it.
const previousSecretSigns = 24 * time.Hour

// NoticeTarget says where the errors of an account are posted: the account's own error webhook while it is
// enabled, else its partner's. With a marketplace it says where that is told what the account does with it, with
// store.PauseQueue where the partner is told of cycles that an error has paused. It makes the
// secret that signs when there is none. Errors: NotFound once the account is deleted.
func (t *Tenant) NoticeTarget(ctx context.Context, account int64, marketplace int32) (engine.NoticeTarget, error) {
	var target engine.NoticeTarget
	var signer store.DeliverySigner
	err := t.store.Read(ctx, func(tx *store.Tx) error {
		target = engine.NoticeTarget{}
		a, found, err := tx.AccountOf(account)
		if err != nil {
			return err
		}
		if !found || a.State == paceline.AccountDeleted {
			return notFound("Account")
		}
		target.Account = a
		if target.UserAgent, err = tx.UserAgent(a.Scope()); err != nil {
			return err
		}
		if marketplace == store.PauseQueue {
			partner, _, err := tx.Partner(a.Scope())
			if err != nil || !partner.Settings.NotificationWebhook.Enabled {
				return err
			}
			target.Owner, target.URL = pauseOwner(a.Partner), partner.Settings.NotificationWebhook.URL
			signer, err = tx.DeliverySigner(target.Owner)
			return err
		}
		if marketplace != 0 {
			m, _, err := tx.Marketplace(a.Scope(), marketplace)
			if err != nil {
				return err
			}
			target.Owner, target.URL = marketplaceOwner(a.Partner, marketplace), m.NotifyURL
			signer, err = tx.DeliverySigner(target.Owner)
			return err
		}
		if own := a.ErrorWebhook; own.Enabled && own.URL != nil {
			target.Owner, target.URL, target.Warnings = store.DeliveryQueue{Scope: a.Scope()}, *own.URL, own.IncludeWarnings
		} else {
			partner, _, err := tx.Partner(a.Scope())
			if err != nil || !partner.Settings.ErrorWebhook.Enabled {
				return err
			}
			target.Owner = store.DeliveryQueue{Scope: paceline.Scope{Partner: a.Partner}}
			target.URL, target.Warnings = partner.Settings.ErrorWebhook.URL, partner.Settings.ErrorWebhook.IncludeWarnings
		}
		signer, err = tx.DeliverySigner(target.Owner)
		return err
	})
	if err != nil || target.URL == "" {
		return target, err
	}
	if target.URL == signer.GoneURL {
		target.URL = ""
		return target, nil
	}
	if target.Secrets, err = t.openSigner(ctx, target.Owner, signer); err == nil && len(target.Secrets) == 0 {
		var secret string
		if secret, err = t.newSigner(ctx, target.Owner, false, func(*store.Tx) error { return nil }); err == nil {
			target.Secrets = []string{secret}
		}
	}
	return target, err
}

// NoticeGone notes that the target answered 410.
func (t *Tenant) NoticeGone(ctx context.Context, target engine.NoticeTarget) error {
	return t.store.InTx(ctx, target.Owner.Scope, func(tx *store.Tx) error {
		signer, err := tx.DeliverySigner(target.Owner)
		if err != nil {
			return err
		}
		signer.GoneURL = target.URL
		return tx.SetDeliverySigner(target.Owner, signer)
	})
}

// NewErrorWebhookSecret makes and returns a new secret for the signatures of an account's error webhook, or
// with an empty id of the partner's. It is shown this once; for a day the one before signs, too.
// Errors: NotFound.
func (t *Tenant) NewErrorWebhookSecret(ctx context.Context, p paceline.Principal, account string) (string, error) {
	area := AreaSettings
	if account != "" {
		area = AreaAccounts
	}
	if err := needPartner(p, area, paceline.EditRight); err != nil {
		return "", err
	}
	owner, subject, id := store.DeliveryQueue{Scope: p.PartnerScope()}, "partner", ""
	if account != "" {
		a, err := t.GetAccount(ctx, p, account)
		if err != nil {
			return "", err
		}
		owner, subject, id = store.DeliveryQueue{Scope: a.Scope()}, "account", a.APIID
	}
	return t.newSigner(ctx, owner, true, func(tx *store.Tx) error {
		return audit(tx, p, owner.Account, "error_webhook.secret_made", subject, id, "")
	})
}

// NewMarketplaceSecret is NewErrorWebhookSecret for what a marketplace is told. Errors: NotFound.
func (t *Tenant) NewMarketplaceSecret(ctx context.Context, p paceline.Principal, marketplace int32) (string, error) {
	if err := needPartner(p, AreaMarketplaces, paceline.EditRight); err != nil {
		return "", err
	}
	return t.newSigner(ctx, marketplaceOwner(p.Partner, marketplace), true, func(tx *store.Tx) error {
		_, found, err := tx.Marketplace(p.PartnerScope(), marketplace)
		if err == nil && !found {
			err = notFound("Marketplace")
		}
		if err != nil {
			return err
		}
		return audit(tx, p, 0, "marketplace.secret_made", "marketplace", strconv.Itoa(int(marketplace)), "")
	})
}

// NewNotificationSecret is NewErrorWebhookSecret for the notification webhook.
func (t *Tenant) NewNotificationSecret(ctx context.Context, p paceline.Principal) (string, error) {
	if err := needPartner(p, AreaSettings, paceline.EditRight); err != nil {
		return "", err
	}
	return t.newSigner(ctx, pauseOwner(p.Partner), true, func(tx *store.Tx) error {
		return audit(tx, p, 0, "notification_webhook.secret_made", "partner", "", "")
	})
}

func pauseOwner(partner int64) store.DeliveryQueue {
	return marketplaceOwner(partner, store.PauseQueue)
}

func marketplaceOwner(partner int64, marketplace int32) store.DeliveryQueue {
	return store.DeliveryQueue{Scope: paceline.Scope{Partner: partner}, Marketplace: marketplace}
}

// newSigner makes a secret. Without replace it returns the one that exists, should there be one by now.
func (t *Tenant) newSigner(ctx context.Context, owner store.DeliveryQueue, replace bool, also func(*store.Tx) error) (string, error) {
	key, err := t.signerKey(ctx, owner)
	if err != nil {
		return "", err
	}
	secret := engine.NewNoticeSecret()
	sealed := key.SealSecret([]byte(secret), fieldErrorWebhook, signerPlace(owner)...)
	var was store.DeliverySigner
	err = t.store.InTx(ctx, owner.Scope, func(tx *store.Tx) error {
		if was, err = tx.DeliverySigner(owner); err != nil || was.Secret != nil && !replace {
			return err
		}
		now := store.DeliverySigner{Secret: sealed, Previous: was.Secret, GoneURL: was.GoneURL}
		if was.Secret != nil {
			now.PreviousUntil = tx.Now().Add(previousSecretSigns)
		}
		if err := tx.SetDeliverySigner(owner, now); err != nil {
			return err
		}
		return also(tx)
	})
	if err == nil && was.Secret != nil && !replace {
		var text []byte
		text, err = t.openSignature(ctx, owner, was.Secret)
		secret = string(text)
	}
	return secret, err
}

// openSigner returns the secrets that sign now, the current one first.
func (t *Tenant) openSigner(ctx context.Context, owner store.DeliveryQueue, s store.DeliverySigner) (secrets []string, err error) {
	if s.Secret == nil {
		return nil, nil
	}
	sealed := [][]byte{s.Secret}
	if s.Previous != nil && paceline.ToMicros(t.clock.Now()) < s.PreviousUntil {
		sealed = append(sealed, s.Previous)
	}
	for _, one := range sealed {
		text, err := t.openSignature(ctx, owner, one)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, string(text))
	}
	return secrets, nil
}

func (t *Tenant) openSignature(ctx context.Context, owner store.DeliveryQueue, sealed []byte) ([]byte, error) {
	return t.broker.Open(ctx, sealed, fieldErrorWebhook, owner.Partner, owner.Account, signerPlace(owner)[2:]...)
}

// signerPlace is what secrets of an owner are sealed for.
func signerPlace(owner store.DeliveryQueue) []int64 {
	place := []int64{owner.Partner, owner.Account}
	if owner.Marketplace != 0 {
		place = append(place, int64(owner.Marketplace))
	}
	return place
}

func (t *Tenant) signerKey(ctx context.Context, owner store.DeliveryQueue) (*seal.Key, error) {
	if owner.Account == 0 {
		return t.PartnerKeyOf(ctx, owner.Partner)
	}
	return t.KeyOf(ctx, owner.Account)
}

// AliveAgain forgets that the address of a marketplace was gone, because it has another one.
func AliveAgain(tx *store.Tx, partner int64, marketplace int32) error {
	return aliveAgain(tx, marketplaceOwner(partner, marketplace))
}

// aliveAgain forgets that an address was gone, because its setting is made anew.
func aliveAgain(tx *store.Tx, owner store.DeliveryQueue) error {
	signer, err := tx.DeliverySigner(owner)
	if err != nil || signer.GoneURL == "" {
		return err
	}
	signer.GoneURL = ""
	return tx.SetDeliverySigner(owner, signer)
}

// eraseDeliveries forgets what is on its way for a deleted account, and its secret.
func eraseDeliveries(tx *store.Tx, scope paceline.Scope) error {
	if err := tx.DeleteDeliverySigner(store.DeliveryQueue{Scope: scope}); err != nil {
		return err
	}
	return tx.EraseDeliveries(scope, erasedDeliveries)
}

// erasedDeliveries bounds what one transaction deletes; the sender forgets the rest.
const erasedDeliveries = 500
