package engine

import (
	"paceline"
	"paceline/engine/core"
)

// PartnerChanged tells the engine that a partner's settings were changed, after the commit and after plans
// were forgotten: deliveries then run by what the settings say now.
func (e *Engine) PartnerChanged(p paceline.Partner) {
	e.notices.forget(0)
	e.hooks.forgetPartner(p.Num)
	e.quotas.accounts.Clear() // they are read again when something begins
	e.askLimits()
}

// askLimits has the limits of accounts read again: many have that of their partner.
func (e *Engine) askLimits() {
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.AskAccounts(at) })
}

// forgetPartner drops the addresses of a partner: their plans hold its settings.
func (c *hooks) forgetPartner(partner int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for identifier, h := range c.entries {
		if h.Partner == partner {
			delete(c.entries, identifier)
		}
	}
}
