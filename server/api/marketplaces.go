package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/storefront"
	"paceline/tenant"
)

// MarketplaceLayout is how cards are laid out, of a marketplace or of a category.
type MarketplaceLayout struct {
	Columns    int    `doc:"1 to 6; 0: as many as fit, or as around it."`
	HeaderHtml string `doc:"HTML, of which what runs, loads or asks is taken out, as of all HTML here."`
	FooterHtml string
	Search     bool `doc:"Customers can search the cards."`
	TagFilter  bool `doc:"Customers can choose by tag."`
}

// MarketplaceCard is one card of a marketplace.
type MarketplaceCard struct {
	Id          string `doc:"Names it within the marketplace; one without gets one."`
	Kind        string `enum:"Text,Category,Package,Link"`
	Title       string
	Description string `doc:"HTML; the text of a text card."`
	Image       string `doc:"Data URI of a PNG, JPEG, GIF or WebP of at most 512 KiB."`
	SecondImage string
	Tags        []string

	MarketplaceLayout
	Cards []MarketplaceCard `doc:"Of a category."`

	PackageId       int      `doc:"Of a package: the number that notifications and results name it by; given by the server."`
	TemplateIds     []string `doc:"Of a package: published templates, which are installed together."`
	Single          bool     `doc:"It can be installed once."`
	AskName         bool     `doc:"Each install gets a name of its own."`
	AutoStart       bool     `doc:"It is started when it is set up."`
	ReturnAfter     bool     `doc:"Customers are led back to the marketplace."`
	CompleteMessage string   `doc:"HTML that is shown when it is installed."`

	Url      string `doc:"Of a link: http, https or ftp."`
	LinkText string `doc:"Empty: an arrow."`
}

type MarketplaceContent struct {
	MarketplaceLayout
	Cards   []MarketplaceCard `doc:"Null: a package per published template."`
	Wording map[string]string `doc:"Words of the pages that read otherwise, by their keys."`
}

type MarketplaceSummary struct {
	Id         int
	Name       string
	Version    int64
	CreatedUtc wire.Time

	NotificationUrl string `doc:"Told of what customers install, start, stop and uninstall; empty: nowhere."`
}

// MarketplaceFullOut is a marketplace with all that is on it.
type MarketplaceFullOut struct {
	MarketplaceSummary
	MarketplaceContent
}

type marketplaceArrangementIn struct {
	Name       wire.Opt[string]
	Columns    wire.Opt[int]
	HeaderHtml wire.Opt[string]
	FooterHtml wire.Opt[string]
	Search     wire.Opt[bool]
	TagFilter  wire.Opt[bool]
	Cards      wire.Opt[[]MarketplaceCard] `doc:"All of them; null: a package per published template."`
	Wording    wire.Opt[map[string]string]

	NotificationUrl wire.Opt[string] `doc:"Told of what customers install, start, stop and uninstall, signed; empty: nowhere."`
}

type MarketplacePath struct {
	Marketplace int `path:"marketplace" doc:"Number of a marketplace."`
}

type marketplaceCreateInput struct {
	Body *wire.Body[marketplaceArrangementIn]
}

type marketplaceUpdateInput struct {
	MarketplacePath
	IfMatch string `header:"If-Match" doc:"ETag of the version that was read; the answer is 412 when it has another one by now."`
	Body    *wire.Body[marketplaceArrangementIn]
}

func (a *API) marketplaces() {
	route := func(id, method, path, summary string, right paceline.RightLevel, ids ...IDParam) Route {
		return Route{ID: id, Method: method, Path: path, Tag: embeddingTag, Level: Partner, Extension: true, Summary: summary,
			Right: tenant.AreaMarketplaces, RightAs: right, IDs: ids, MaxBody: 8 << 20}
	}
	own := IDParam{In: "path", Name: "marketplace", Owner: "partner"}
	add(a, route("Marketplaces_All_GET", http.MethodGet, "/marketplaces", "List the marketplaces.", paceline.ViewRight), a.marketplaceList)
	add(a, route("Marketplaces_Create_POST", http.MethodPost, "/marketplaces", "Make a marketplace.", paceline.EditRight), a.marketplaceCreate)
	add(a, route("Marketplaces_Get_GET", http.MethodGet, "/marketplaces/{marketplace}", "Get a marketplace with its cards.", paceline.ViewRight, own), a.marketplaceGet)
	add(a, route("Marketplaces_Update_PUT", http.MethodPut, "/marketplaces/{marketplace}", "Change a marketplace; customers see it at once.", paceline.EditRight, own), a.marketplaceUpdate)
	add(a, route("Marketplaces_Secret_POST", http.MethodPost, "/marketplaces/{marketplace}/notification/secret",
		"Make a new secret for the signatures of what a marketplace is told; the one before signs for another day.", paceline.EditRight, own), a.marketplaceSecret)
	add(a, route("Marketplaces_Notifications_GET", http.MethodGet, "/marketplaces/{marketplace}/notifications",
		"What a marketplace tells of all accounts: what waits, and what was taken or given up within a week, the newest first.", paceline.ViewRight, own), a.toldList)
	add(a, route("Marketplaces_NotificationReplay_POST", http.MethodPost, "/marketplaces/{marketplace}/accounts/{account}/notifications/{notification}/replay",
		"Post a notification again, with the id that its receiver may know.", paceline.EditRight, own, IDParam{In: "path", Name: "account", Owner: "partner"},
		IDParam{In: "path", Name: "notification", Owner: "account"}), a.toldReplay)
	addEmpty(a, route("Marketplaces_Delete_DELETE", http.MethodDelete, "/marketplaces/{marketplace}", "Delete a marketplace; what was installed from it stays.", paceline.EditRight, own), a.marketplaceDelete)
}

func (a *API) marketplaceList(ctx context.Context, c *Call, _ *struct{}) ([]MarketplaceSummary, error) {
	list, err := a.Storefront.Marketplaces(ctx, c.Principal)
	return translate(list, summaryOf), err
}

func (a *API) marketplaceGet(ctx context.Context, c *Call, in *MarketplacePath) (MarketplaceFullOut, error) {
	m, err := a.Storefront.Marketplace(ctx, c.Principal, in.Marketplace)
	return marketplaceAnswer(c, m), err
}

func (a *API) marketplaceCreate(ctx context.Context, c *Call, in *marketplaceCreateInput) (out MarketplaceFullOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	want := body.over(storefront.Marketplace{})
	m, err := a.Storefront.CreateMarketplace(ctx, c.Principal, want)
	return marketplaceAnswer(c, m), err
}

func (a *API) marketplaceUpdate(ctx context.Context, c *Call, in *marketplaceUpdateInput) (MarketplaceFullOut, error) {
	m, err := a.Storefront.UpdateMarketplace(ctx, c.Principal, in.Marketplace, versionsOf(in.IfMatch), func(now storefront.Marketplace) (storefront.Marketplace, error) {
		body, _, err := in.Body.Read()
		return body.over(now), err
	})
	return marketplaceAnswer(c, m), err
}

func (a *API) marketplaceSecret(ctx context.Context, c *Call, in *MarketplacePath) (secretOut, error) {
	m, err := a.Storefront.Marketplace(ctx, c.Principal, in.Marketplace)
	if err != nil {
		return secretOut{}, err
	}
	secret, err := a.tenant.NewMarketplaceSecret(ctx, c.Principal, m.ID)
	return secretOut{secret}, err
}

func (a *API) marketplaceDelete(ctx context.Context, c *Call, in *MarketplacePath) error {
	return a.Storefront.DeleteMarketplace(ctx, c.Principal, in.Marketplace)
}

// over returns a marketplace as the call wants it.
func (in marketplaceArrangementIn) over(m storefront.Marketplace) storefront.Marketplace {
	m.Name, m.NotifyURL = in.Name.Or(m.Name), in.NotificationUrl.Or(m.NotifyURL)
	m.Columns, m.HeaderHTML, m.FooterHTML = in.Columns.Or(m.Columns), in.HeaderHtml.Or(m.HeaderHTML), in.FooterHtml.Or(m.FooterHTML)
	m.Search, m.TagFilter = in.Search.Or(m.Search), in.TagFilter.Or(m.TagFilter)
	if in.Wording.Set {
		m.Wording = in.Wording.Value
	}
	if in.Cards.Set {
		m.Cards = nil
		if !in.Cards.Null {
			m.Cards = cardsIn(in.Cards.Value)
		}
	}
	return m
}

func cardsIn(list []MarketplaceCard) []storefront.Card {
	out := make([]storefront.Card, 0, len(list))
	for _, c := range list {
		card := storefront.Card{
			ID: c.Id, Kind: storefront.CardKind(c.Kind), Title: c.Title, Description: c.Description, Image: c.Image, SecondImage: c.SecondImage, Tags: c.Tags,
			Layout: c.layout(), Single: c.Single, AskName: c.AskName, AutoStart: c.AutoStart, ReturnAfter: c.ReturnAfter,
			CompleteMessage: c.CompleteMessage, URL: c.Url, LinkText: c.LinkText,
		}
		if len(c.Cards) > 0 {
			card.Cards = cardsIn(c.Cards)
		}
		for _, id := range c.TemplateIds {
			card.Templates = append(card.Templates, paceline.ID(id))
		}
		out = append(out, card)
	}
	return out
}

func (l MarketplaceLayout) layout() storefront.Layout {
	return storefront.Layout{Columns: l.Columns, HeaderHTML: l.HeaderHtml, FooterHTML: l.FooterHtml, Search: l.Search, TagFilter: l.TagFilter}
}

func layoutWire(l storefront.Layout) MarketplaceLayout {
	return MarketplaceLayout{Columns: l.Columns, HeaderHtml: l.HeaderHTML, FooterHtml: l.FooterHTML, Search: l.Search, TagFilter: l.TagFilter}
}

func cardsWire(list []storefront.Card) []MarketplaceCard {
	if list == nil {
		return nil
	}
	out := make([]MarketplaceCard, 0, len(list))
	for _, c := range list {
		card := MarketplaceCard{
			Id: c.ID, Kind: string(c.Kind), Title: c.Title, Description: c.Description, Image: c.Image, SecondImage: c.SecondImage, Tags: wire.List(c.Tags),
			MarketplaceLayout: layoutWire(c.Layout), Cards: cardsWire(c.Cards), PackageId: int(c.Number), TemplateIds: []string{},
			Single: c.Single, AskName: c.AskName, AutoStart: c.AutoStart, ReturnAfter: c.ReturnAfter,
			CompleteMessage: c.CompleteMessage, Url: c.URL, LinkText: c.LinkText,
		}
		for _, id := range c.Templates {
			card.TemplateIds = append(card.TemplateIds, string(id))
		}
		out = append(out, card)
	}
	return out
}

func summaryOf(m storefront.Marketplace) MarketplaceSummary {
	return MarketplaceSummary{Id: int(m.ID), Name: m.Name, Version: m.Version, CreatedUtc: wire.FromMicros(m.CreatedAt), NotificationUrl: m.NotifyURL}
}

func marketplaceAnswer(c *Call, m storefront.Marketplace) MarketplaceFullOut {
	if m.ID == 0 {
		return MarketplaceFullOut{}
	}
	tagVersion(c, m.Version)
	return MarketplaceFullOut{summaryOf(m), MarketplaceContent{
		MarketplaceLayout: layoutWire(m.Layout), Cards: cardsWire(m.Cards), Wording: m.Wording,
	}}
}
