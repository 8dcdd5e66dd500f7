package storefront

import (
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/catalog"
)

// Shelf is a marketplace as a customer sees it.
type Shelf struct {
	ID      int32
	Title   string
	Layout  Layout
	Cards   []Item
	Wording map[string]string `json:",omitempty"`
}

// Item is a card as a customer sees it: a package has what it installs and what the customer has of it.
type Item struct {
	ID          string
	Kind        CardKind
	Title       string   `json:",omitempty"`
	Description string   `json:",omitempty"` // harmless HTML
	Image       string   `json:",omitempty"`
	SecondImage string   `json:",omitempty"`
	Tags        []string `json:",omitempty"`
	URL         string   `json:",omitempty"`
	LinkText    string   `json:",omitempty"`

	Layout *Layout `json:",omitempty"`
	Cards  []Item  `json:",omitempty"`

	Applications    []Application `json:",omitempty"`
	Single          bool          `json:",omitempty"`
	AskName         bool          `json:",omitempty"`
	AutoStart       bool          `json:",omitempty"`
	ReturnAfter     bool
	CompleteMessage string      `json:",omitempty"`
	Installed       []Installed `json:",omitempty"`
	// Blocked says that a package that can be installed once is there, wholly or in part.
	Blocked bool `json:",omitempty"`
	// Missing says that a template of the package is not published, so that it cannot be installed now.
	Missing bool `json:",omitempty"`
}

// Shelf returns a marketplace as an account's people see it. One on which nothing was arranged shows a package per published
// template. Errors: NotFound.
func (r *Room) Shelf(ctx context.Context, p paceline.Principal, a paceline.Account, id int) (s Shelf, err error) {
	m, err := r.Marketplace(ctx, p, id)
	if err != nil {
		return s, err
	}
	have, err := r.have(ctx, p, a)
	if err != nil {
		return s, err
	}
	cards := m.Cards
	s = Shelf{ID: m.ID, Title: m.Name, Layout: m.Layout, Wording: m.Wording}
	if cards == nil {
		if cards, err = r.plainCards(ctx, p, a); err != nil {
			return s, err
		}
		s.Layout.Search = len(cards) > 6
	}
	s.Cards, err = r.items(ctx, p, have, m.ID, cards)
	return s, err
}

// plainCards are those of a marketplace on which nothing was arranged.
func (r *Room) plainCards(ctx context.Context, p paceline.Principal, a paceline.Account) (cards []Card, err error) {
	offers, err := r.Offers(ctx, p, a, nil)
	for _, o := range offers {
		cards = append(cards, Card{ID: string(o.Template), Kind: PackageCard, Title: o.Name, Description: Harmless(o.Description), Templates: []paceline.ID{o.Template}, AutoStart: true, ReturnAfter: true})
	}
	return cards, err
}

func (r *Room) items(ctx context.Context, p paceline.Principal, have possessions, marketplace int32, cards []Card) (list []Item, err error) {
	for _, c := range cards {
		item := Item{ID: c.ID, Kind: c.Kind, Title: c.Title, Description: c.Description, Image: c.Image, SecondImage: c.SecondImage, Tags: c.Tags,
			URL: c.URL, LinkText: c.LinkText, Single: c.Single, AskName: c.AskName, AutoStart: c.AutoStart, ReturnAfter: c.ReturnAfter, CompleteMessage: c.CompleteMessage}
		switch c.Kind {
		case CategoryCard:
			layout := c.Layout
			item.Layout = &layout
			if item.Cards, err = r.items(ctx, p, have, marketplace, c.Cards); err != nil {
				return nil, err
			}
		case PackageCard:
			for _, id := range c.Templates {
				t, err := r.catalog.Template(ctx, p, id, catalog.TemplateOptions{})
				if paceline.KindOf(err) == paceline.NotFound {
					item.Missing = true
					continue
				}
				if err != nil {
					return nil, err
				}
				for _, app := range applications(t) {
					if !slices.Contains(item.Applications, app) {
						item.Applications = append(item.Applications, app)
					}
				}
			}
			for _, in := range have.installs {
				if in.Marketplace == marketplace && in.Card == c.ID {
					item.Installed = append(item.Installed, have.listed(in))
				}
			}
			item.Blocked = c.Single && have.any(c.Templates)
		}
		list = append(list, item)
	}
	return list, nil
}

// InstallPackage begins the set-up of a package, as Install does that of a template. Errors: NotFound; Invalid without the name of one
// that asks for it; Conflict for one that can be installed once and is there.
func (r *Room) InstallPackage(ctx context.Context, p paceline.Principal, a paceline.Account, id int, card, name string) (paceline.ID, error) {
	c, m, err := r.packageOf(ctx, p, a, id, card)
	if err != nil {
		return "", err
	}
	name = strings.TrimSpace(name)
	switch {
	case !c.AskName:
		name = ""
	case name == "":
		return "", paceline.Fail(paceline.CodeNameRequired)
	}
	return r.install(ctx, p, a, order{marketplace: m, card: c.ID, number: c.Number, name: name, templates: c.Templates, single: c.Single})
}

func (r *Room) packageOf(ctx context.Context, p paceline.Principal, a paceline.Account, id int, card string) (Card, int32, error) {
	m, err := r.Marketplace(ctx, p, id)
	if err != nil {
		return Card{}, 0, err
	}
	cards := m.Cards
	if cards == nil {
		if cards, err = r.plainCards(ctx, p, a); err != nil {
			return Card{}, 0, err
		}
	}
	c := find(cards, card)
	if c == nil || c.Kind != PackageCard {
		return Card{}, 0, notFound("Package")
	}
	return *c, m.ID, nil
}
