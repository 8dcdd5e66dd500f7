package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

const embeddingTag = "Embedding"

// EmbedIn is what every call for the address of a page may say.
type EmbedIn struct {
	AccountName              wire.Opt[string] `doc:"Of an account that is not there yet; default: its id."`
	AccountDescription       wire.Opt[string]
	ConnectorAuthentications []connectorAuthIn `doc:"Connectors to install with a credential, or to give a new one: a list, or one alone."`
	PartnerConnector         []connectorAuthIn `doc:"Older name of the same."`
	InlineOAuth              wire.Opt[bool]    `doc:"Whether the page asks for a vendor's consent where it is; default: the partner's setting."`
	CompleteParameter        wire.Opt[string]  `doc:"Comes back in the result."`
}

// EmbedUserIn is the user of the page, in the calls that name one.
type EmbedUserIn struct {
	AccountId wire.Opt[string] `doc:"API id; an unknown account is made."`
	Username  wire.Opt[string] `doc:"An unknown user is made, with the password."`
	Password  wire.Opt[string]
}

// LaunchIn are the options of LAUNCH.
type LaunchIn struct {
	EmbedIn
	Start               wire.Opt[bool] `doc:"Default: true."`
	RunOnce             wire.Opt[bool]
	AutoInstall         wire.Opt[bool] `doc:"Default: true: a single template is not chosen from a list."`
	SingleInstall       wire.Opt[bool]
	Wizard              wire.Opt[bool]
	DisplayDescriptions wire.Opt[bool]
	Tags                wire.Opt[[]string] `doc:"Templates that have one of these; default: all published ones."`
	TemplateId          wire.Opt[string]   `doc:"An extension: this template alone, by its id."`
}

// OrbitIn are the options of ORBIT.
type OrbitIn struct {
	EmbedIn
	AddIntegration wire.Opt[bool]     `doc:"An extension: whether the page leads to LAUNCH, too; default: false."`
	Tags           wire.Opt[[]string] `doc:"With AddIntegration, as those of LAUNCH."`
	TemplateId     wire.Opt[string]   `doc:"With AddIntegration, as that of LAUNCH."`
}

// MarketplaceIn is which marketplace to show.
type MarketplaceIn struct {
	EmbedIn
	MarketplaceId wire.Opt[int]
}

type userLaunchIn struct {
	LaunchIn
	EmbedUserIn
}

type userOrbitIn struct {
	OrbitIn
	EmbedUserIn
}

type userMarketplaceIn struct {
	MarketplaceIn
	EmbedUserIn
}

type launchInput struct {
	AccountPath
	Body *wire.Body[LaunchIn]
}

type orbitInput struct {
	AccountPath
	Body *wire.Body[OrbitIn]
}

type marketplaceInput struct {
	AccountPath
	Body *wire.Body[MarketplaceIn]
}

type userLaunchInput struct{ Body *wire.Body[userLaunchIn] }

type userOrbitInput struct{ Body *wire.Body[userOrbitIn] }

type userMarketplaceInput struct{ Body *wire.Body[userMarketplaceIn] }

// EmbedOut is the part of the answers that they share.
type EmbedOut struct {
	AccountId    string
	ExpiresAtUtc wire.Time
	Token        string `doc:"Part of the address, which opens once, within five minutes."`
}

type launchOut struct {
	EmbedOut
	LaunchUrl string
}

type orbitOut struct {
	EmbedOut
	OrbitUrl string
}

type marketplaceOut struct {
	EmbedOut
	MarketplaceUrl string
}

func (a *API) embedding() {
	route := func(id, path, summary string, ids ...IDParam) Route {
		return Route{ID: id, Method: http.MethodPost, Path: path, Tag: embeddingTag, Level: Partner, Summary: summary, IDs: ids,
			Right: tenant.AreaAccountUsers, RightAs: paceline.EditRight}
	}
	account := IDParam{In: "path", Name: "account", Owner: "partner", Makes: true}
	ofUser := IDParam{In: "body", Name: "AccountId", Owner: "partner", Makes: true}
	marketplace := IDParam{In: "body", Name: "MarketplaceId", Owner: "partner"}
	add(a, route("Accounts_Launch_POST", "/accounts/{account}/launch", "Get an address that opens LAUNCH for an account, once.", account), a.accountLaunch)
	add(a, route("Accounts_CreateUserOrbitToken_POST", "/accounts/{account}/orbit", "Get an address that opens ORBIT for an account, once.", account), a.accountOrbit)
	add(a, route("Accounts_Marketplace_POST", "/accounts/{account}/marketplace", "Get an address that opens a marketplace for an account, once.", account, marketplace), a.accountMarketplace)
	add(a, route("Users_CreateUserLaunchToken_POST", "/users/launch", "Get an address that opens LAUNCH for a user of an account, once.", ofUser), a.userLaunch)
	add(a, route("Users_CreateUserOrbitToken_POST", "/users/orbit", "Get an address that opens ORBIT for a user of an account, once.", ofUser), a.userOrbit)
	add(a, route("Users_CreateUserMarketplaceToken_POST", "/users/marketplace", "Get an address that opens a marketplace for a user of an account, once.", ofUser, marketplace), a.userMarketplace)
}

func (a *API) accountLaunch(ctx context.Context, c *Call, in *launchInput) (out launchOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	return a.launch(ctx, c, tenant.Embedding{Account: in.Account}, body)
}

func (a *API) userLaunch(ctx context.Context, c *Call, in *userLaunchInput) (out launchOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	return a.launch(ctx, c, body.embedding(), body.LaunchIn)
}

func (a *API) accountOrbit(ctx context.Context, c *Call, in *orbitInput) (out orbitOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	return a.orbit(ctx, c, tenant.Embedding{Account: in.Account}, body)
}

func (a *API) userOrbit(ctx context.Context, c *Call, in *userOrbitInput) (out orbitOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	return a.orbit(ctx, c, body.embedding(), body.OrbitIn)
}

func (a *API) accountMarketplace(ctx context.Context, c *Call, in *marketplaceInput) (out marketplaceOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	return a.marketplace(ctx, c, tenant.Embedding{Account: in.Account}, body)
}

func (a *API) userMarketplace(ctx context.Context, c *Call, in *userMarketplaceInput) (out marketplaceOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	return a.marketplace(ctx, c, body.embedding(), body.MarketplaceIn)
}

func (in EmbedUserIn) embedding() tenant.Embedding {
	user := userIn{UserName: in.Username, Password: in.Password}.patch()
	return tenant.Embedding{Account: in.AccountId.Or(""), User: &user}
}

func (a *API) launch(ctx context.Context, c *Call, e tenant.Embedding, in LaunchIn) (out launchOut, err error) {
	out.EmbedOut, out.LaunchUrl, err = a.embed(ctx, c, e, in.EmbedIn, "/launch", in.options())
	return out, err
}

func (a *API) orbit(ctx context.Context, c *Call, e tenant.Embedding, in OrbitIn) (out orbitOut, err error) {
	in.InlineOAuth = wire.Some(in.InlineOAuth.Or(true)) // the partner's setting is LAUNCH's
	out.EmbedOut, out.OrbitUrl, err = a.embed(ctx, c, e, in.EmbedIn, "/orbit", in.options())
	return out, err
}

// options are what the page is told.
func (in OrbitIn) options() string {
	if !in.AddIntegration.Or(false) {
		return ""
	}
	return "&add=true" + offered(in.TemplateId, in.Tags)
}

func (a *API) marketplace(ctx context.Context, c *Call, e tenant.Embedding, in MarketplaceIn) (out marketplaceOut, err error) {
	if !in.MarketplaceId.Has() {
		return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "MarketplaceId", "reason", "it is missing or not a number")
	}
	m, err := a.Storefront.Marketplace(ctx, c.Principal, in.MarketplaceId.Value)
	if err != nil {
		return out, err
	}
	out.EmbedOut, out.MarketplaceUrl, err = a.embed(ctx, c, e, in.EmbedIn, "/launch/marketplace/"+strconv.Itoa(int(m.ID)), "")
	return out, err
}

// embed provisions the account and makes the address: options stand behind returnUrl, and the page gets them.
func (a *API) embed(ctx context.Context, c *Call, e tenant.Embedding, in EmbedIn, page, options string) (out EmbedOut, address string, err error) {
	e.AccountName, e.AccountDescription = in.AccountName.Or(""), in.AccountDescription.Ptr()
	list := append(in.ConnectorAuthentications, in.PartnerConnector...)
	if e.Connectors, err = connectorOrders(list, "ConnectorAuthentications"); err != nil {
		return out, "", err
	}
	partner, err := a.Tenant.PartnerOf(ctx, c.Principal.Partner)
	if err != nil {
		return out, "", err
	}
	if in.CompleteParameter.Or("") != "" {
		options += "&complete=" + url.QueryEscape(in.CompleteParameter.Value)
	}
	query, err := url.ParseQuery(options)
	if err != nil {
		return out, "", err
	}
	e.Told = tenant.Told(page, query)
	account, token, err := a.Tenant.Embed(ctx, c.Principal, e)
	if err != nil {
		return out, "", err
	}
	address = a.serviceURL(ctx, c) + tenant.SignInPath + "?token=" + url.QueryEscape(token.Token) + "&returnUrl=%2F" + page[1:]
	if !in.InlineOAuth.Or(partner.Settings.InlineOAuth) {
		address += "&inline=false"
	}
	address += options
	return EmbedOut{AccountId: account.APIID, ExpiresAtUtc: wire.FromMicros(token.ExpiresAt), Token: token.Token}, address, nil
}

// serviceURL is where the pages and webhooks of the caller's partner are.
func (a *API) serviceURL(ctx context.Context, c *Call) string {
	return a.tenant.ServiceURL(ctx, c.Principal.Partner, a.ServiceURL)
}

// options are what the page is told: some when they differ from the default, some whenever they were given.
func (in LaunchIn) options() (text string) {
	for _, o := range []struct {
		name string
		from wire.Opt[bool]
		told func(bool) bool
	}{
		{"start", in.Start, func(v bool) bool { return !v }},
		{"once", in.RunOnce, func(v bool) bool { return v }},
		{"auto", in.AutoInstall, func(bool) bool { return true }},
		{"single", in.SingleInstall, func(bool) bool { return true }},
		{"wizard", in.Wizard, func(v bool) bool { return v }},
		{"descriptions", in.DisplayDescriptions, func(v bool) bool { return v }},
	} {
		if o.from.Has() && o.told(o.from.Value) {
			text += "&" + o.name + "=" + strconv.FormatBool(o.from.Value)
		}
	}
	return text + offered(in.TemplateId, in.Tags)
}

// offered are the options that say what may be installed.
func offered(template wire.Opt[string], tags wire.Opt[[]string]) (text string) {
	if id := template.Or(""); id != "" {
		text += "&template=" + url.QueryEscape(id)
	}
	for _, tag := range tags.Or(nil) {
		if tag != "" {
			text += "&tags=" + url.QueryEscape(tag)
		}
	}
	return text
}
