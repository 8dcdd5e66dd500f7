package storefront

import (
	"context"
	"slices"

	"paceline"
	"paceline/catalog"
	"paceline/store"
)

// listedAtOnce is how much is read of a list at once.
const listedAtOnce = 500

// Offer is a published template that a customer can install.
type Offer struct {
	Template     paceline.ID
	Name         string
	Description  string        `json:",omitempty"`
	Applications []Application `json:",omitempty"`
	Installed    int           `json:",omitempty"` // cycles of the template in the account
	Unfinished   paceline.ID   `json:",omitempty"` // an install whose set-up was begun and not brought to its end
}

// Application is a connector as a customer sees it before it is installed.
type Application struct {
	Name string
	Icon string `json:",omitempty"`
}

// Offers are the published templates that have one of the tags, or all of them without any. Errors: Unauthorized.
func (r *Room) Offers(ctx context.Context, p paceline.Principal, a paceline.Account, tags []string) (list []Offer, err error) {
	if len(tags) == 0 {
		tags = []string{""}
	}
	have, err := r.have(ctx, p, a)
	if err != nil {
		return nil, err
	}
	seen := map[paceline.ID]bool{}
	for _, tag := range tags {
		for page := 1; ; page++ {
			found, err := r.catalog.Templates(ctx, p, store.TemplateFilter{Tag: tag}, catalog.TemplateOptions{}, paceline.Page{Number: page, Size: listedAtOnce})
			if err != nil {
				return nil, err
			}
			for _, t := range found.Items {
				if !seen[t.ID] {
					seen[t.ID] = true
					list = append(list, offerOf(t, have))
				}
			}
			if len(found.Items) < listedAtOnce {
				break
			}
		}
	}
	return list, nil
}

func offerOf(t catalog.Template, have possessions) Offer {
	o := Offer{Template: t.ID, Name: t.Name, Description: text(t.Description), Applications: applications(t)}
	for _, c := range have.cycles {
		if c.Template == t.ID {
			o.Installed++
		}
	}
	for _, in := range have.installs {
		if in.Marketplace == 0 && in.FinishedAt == 0 && len(in.Cycles) == 1 && have.cycles[in.Cycles[0]].Template == t.ID {
			o.Unfinished = in.ID
			break
		}
	}
	return o
}

// applications are the connectors of a template that customers know of.
func applications(t catalog.Template) (list []Application) {
	for _, use := range t.Connectors {
		app := Application{Name: use.Name, Icon: text(use.Icon)}
		if !use.Utility && !slices.Contains(list, app) {
			list = append(list, app)
		}
	}
	return list
}
