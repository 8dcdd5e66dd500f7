package engine

import "paceline"

// PartnerChanged tells the engine that a partner's settings were changed, after the commit and after plans
// were forgotten: deliveries then run by what the settings say now.
func (e *Engine) PartnerChanged(p paceline.Partner) {
	e.notices.forget(0)
	e.hooks.forgetPartner(p.Num)
	e.quotas.accounts.Clear() // they are read again when something begins
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
