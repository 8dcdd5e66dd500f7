package tenant

import (
	"context"

	"paceline"
	"paceline/store"
)

// SettingsPatch is a partial update of a partner's settings.
type SettingsPatch struct {
	SuccessRetentionHours Patch[int] // null: the default
	ErrorRetentionHours   Patch[int]

	ErrorWebhookEnabled         Patch[bool]
	ErrorWebhookURL             Patch[string]
	ErrorWebhookIncludeWarnings Patch[bool]

	NotificationWebhookEnabled Patch[bool]
	NotificationWebhookURL     Patch[string]

	ConcurrentTransactions Patch[int] // null or 0: the default
	Quota                  QuotaPatch

	LegacyPasswordGrant Patch[bool]
	EchoAuthValue       Patch[bool]
	TokenByGet          Patch[bool]
	AnyTargetOrigin     Patch[bool]

	Origins Patch[[]string] // null: none

	InlineOAuth     Patch[bool]
	AccountInFrames Patch[bool]

	ServiceURL Patch[string] // null: that of the installation; whoever runs the server sets it

	Signers          Patch[[]paceline.Signer] // null: none
	SignedConnectors Patch[bool]

	RequireSecondFactor Patch[bool]
}

// Settings returns the settings of the caller's partner.
func (t *Tenant) Settings(ctx context.Context, p paceline.Principal) (paceline.PartnerSettings, error) {
	if err := needPartner(p, AreaSettings, paceline.ViewRight); err != nil {
		return paceline.PartnerSettings{}, err
	}
	var partner paceline.Partner
	err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
		partner, _, err = tx.Partner(p.PartnerScope())
		return err
	})
	return partner.Settings, err
}

// UpdateSettings changes what the patch names, with the rules of an account's settings. Errors: Invalid.
func (t *Tenant) UpdateSettings(ctx context.Context, p paceline.Principal, c SettingsPatch) (paceline.PartnerSettings, error) {
	if err := needPartner(p, AreaSettings, paceline.EditRight); err != nil {
		return paceline.PartnerSettings{}, err
	}
	var partner paceline.Partner
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		var found bool
		var err error
		if partner, found, err = tx.Partner(p.PartnerScope()); err != nil {
			return err
		}
		if !found {
			return notFound("Partner")
		}
		if err := c.applyServiceURL(tx, &partner); err != nil {
			return err
		}
		was := partner.Settings.Compatibility
		if err := c.apply(&partner.Settings); err != nil {
			return err
		}
		if err := tx.UpdatePartner(p.PartnerScope(), partner); err != nil {
			return err
		}
		if c.ErrorWebhookEnabled.given() || c.ErrorWebhookURL.given() {
			if err := aliveAgain(tx, store.DeliveryQueue{Scope: p.PartnerScope()}); err != nil {
				return err
			}
		}
		if c.NotificationWebhookEnabled.given() || c.NotificationWebhookURL.given() {
			if err := aliveAgain(tx, pauseOwner(p.Partner)); err != nil {
				return err
			}
		}
		comment := ""
		if c.Signers.Set || c.SignedConnectors.Set {
			comment = "signers of connectors changed"
		}
		if c.RequireSecondFactor.given() {
			comment = "rule of second factors changed"
		}
		if was != partner.Settings.Compatibility {
			comment = "compatibility settings changed"
		}
		return audit(tx, p, 0, "settings.updated", "partner", string(partner.ID), comment)
	})
	if err != nil {
		return paceline.PartnerSettings{}, err
	}
	t.partners.forget(p.Partner)
	if c.RequireSecondFactor.given() {
		t.forgetUsers(p.Partner)
	}
	for _, f := range t.onSettings {
		f(partner)
	}
	return partner.Settings, nil
}

func (c SettingsPatch) apply(s *paceline.PartnerSettings) error {
	if err := applyRetention(&s.Retention, c.SuccessRetentionHours, c.ErrorRetentionHours); err != nil {
		return err
	}
	webhook := paceline.AccountErrorWebhook{
		Enabled: s.ErrorWebhook.Enabled, URL: &s.ErrorWebhook.URL, IncludeWarnings: s.ErrorWebhook.IncludeWarnings,
	}
	err := AccountPatch{
		ErrorWebhookEnabled: c.ErrorWebhookEnabled, ErrorWebhookURL: c.ErrorWebhookURL,
		ErrorWebhookIncludeWarnings: c.ErrorWebhookIncludeWarnings,
	}.applyErrorWebhook(&webhook)
	if err != nil {
		return err
	}
	s.ErrorWebhook = paceline.ErrorWebhook{Enabled: webhook.Enabled, IncludeWarnings: webhook.IncludeWarnings}
	if webhook.URL != nil {
		s.ErrorWebhook.URL = *webhook.URL
	}
	told := paceline.AccountErrorWebhook{Enabled: s.NotificationWebhook.Enabled, URL: &s.NotificationWebhook.URL}
	if err := (AccountPatch{ErrorWebhookEnabled: c.NotificationWebhookEnabled, ErrorWebhookURL: c.NotificationWebhookURL}).applyErrorWebhook(&told); err != nil {
		return err
	}
	s.NotificationWebhook = paceline.NotificationWebhook{Enabled: told.Enabled}
	if told.URL != nil {
		s.NotificationWebhook.URL = *told.URL
	}
	if err := applyConcurrent(&s.ConcurrentTransactions, c.ConcurrentTransactions); err != nil {
		return err
	}
	if err := c.Quota.applyDefault(&s.Quota); err != nil {
		return err
	}
	c.LegacyPasswordGrant.into(&s.Compatibility.LegacyPasswordGrant)
	c.EchoAuthValue.into(&s.Compatibility.EchoAuthValue)
	c.TokenByGet.into(&s.Compatibility.TokenByGet)
	c.AnyTargetOrigin.into(&s.Compatibility.AnyTargetOrigin)
	c.InlineOAuth.into(&s.InlineOAuth)
	c.AccountInFrames.into(&s.AccountInFrames)
	c.SignedConnectors.into(&s.SignedConnectors)
	c.RequireSecondFactor.into(&s.RequireSecondFactor)
	if err := c.applySigners(s); err != nil {
		return err
	}
	return c.applyOrigins(s)
}
