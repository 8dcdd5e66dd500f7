package embed

import (
	"paceline"
	"paceline/storefront"
)

// launchResult is what LAUNCH tells the partner's page (api.md 10.2).
type launchResult struct {
	AccountID         string      `json:"accountId"`
	AccountAPIID      string      `json:"accountApiId"`
	CycleID           paceline.ID `json:"cycleId"`
	Status            string      `json:"status"` // Active or Stopped
	UserID            paceline.ID `json:"userId"`
	Webhooks          []string    `json:"webhooks"`
	Errors            []string    `json:"errors"`
	CompleteParameter string      `json:"completeParameter"`
	TemplateID        paceline.ID `json:"templateId"`
	TemplateReleaseID paceline.ID `json:"templateReleaseId"`
	TemplateTags      []string    `json:"templateTags"`
}

// packageResult is what a marketplace tells it (api.md 10.4).
type packageResult struct {
	AccountID         string        `json:"accountId"`
	AccountAPIID      string        `json:"accountApiId"`
	Message           string        `json:"installCompleteMessage"`
	PackageID         int32         `json:"marketplacePackageId"`
	CardID            string        `json:"marketplaceCardId"`
	UserID            paceline.ID   `json:"userId"`
	Cycles            []cycleResult `json:"cycles"`
	Errors            []string      `json:"errors"`
	CompleteParameter string        `json:"completeParameter"`
}

type cycleResult struct {
	CycleID           paceline.ID     `json:"cycleId"`
	Status            string          `json:"status"`
	TemplateID        paceline.ID     `json:"templateId"`
	TemplateReleaseID paceline.ID     `json:"templateReleaseId"`
	Webhooks          []webhookResult `json:"webhooks"`
}

type webhookResult struct {
	StepName string `json:"stepName"`
	URL      string `json:"url"`
}

// resultOf is the result object of a set-up that has come to its end.
func resultOf(p paceline.Principal, a paceline.Account, out storefront.Outcome, complete string) any {
	problems := append([]string{}, out.Errors...)
	if out.Install.Marketplace != 0 {
		r := packageResult{AccountID: string(a.ID), AccountAPIID: a.APIID, Message: out.Message, PackageID: out.Install.Package, CardID: out.Install.Card, UserID: p.UserID,
			Cycles: []cycleResult{}, Errors: problems, CompleteParameter: complete}
		for _, m := range out.Cycles {
			c := cycleResult{CycleID: m.Cycle, Status: statusText(m.Active), TemplateID: m.Template, TemplateReleaseID: m.Release, Webhooks: []webhookResult{}}
			for _, hook := range m.Webhooks {
				c.Webhooks = append(c.Webhooks, webhookResult{hook.StepName, hook.URL})
			}
			r.Cycles = append(r.Cycles, c)
		}
		return r
	}
	m := out.Cycles[0]
	r := launchResult{AccountID: string(a.ID), AccountAPIID: a.APIID, CycleID: m.Cycle, Status: statusText(m.Active), UserID: p.UserID, Webhooks: []string{},
		Errors: problems, CompleteParameter: complete, TemplateID: m.Template, TemplateReleaseID: m.Release, TemplateTags: append([]string{}, m.TemplateTags...)}
	for _, hook := range m.Webhooks {
		r.Webhooks = append(r.Webhooks, hook.URL)
	}
	return r
}

func statusText(active bool) string {
	if active {
		return "Active"
	}
	return "Stopped"
}
