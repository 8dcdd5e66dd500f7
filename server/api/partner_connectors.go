package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/server/api/wire"
	"paceline/tenant"
)

// appOut is the partner's app at the vendor of a connector. Its secret is never shown.
type appOut struct{ ClientId string }

// connectorAppOut is the partner's app of one connector.
type connectorAppOut struct {
	ConnectorId int
	ClientId    string
}

type appIn struct {
	ClientId     wire.Opt[string]
	ClientSecret wire.Opt[string] `doc:"Stored sealed, never shown. With private_key_jwt the private key, as PEM."`
}

type appInput struct {
	ConnectorPath
	Body *wire.Body[appIn]
}

type partnerPropertyInput struct {
	ConnectorPath
	Body *wire.Body[propertyIn]
}

// partnerPropertyOut is what a partner sets for a connector and all its accounts.
type partnerPropertyOut struct {
	Id       int
	Name     string
	Value    *string `doc:"Null for a sensitive one."`
	HasValue bool
}

// partnerWebhookOut is the address at which a vendor sends the events of all accounts.
type partnerWebhookOut struct{ Url string }

// connectorReleaseOut is one release of a connector.
type connectorReleaseOut struct {
	Release       string
	ReleaseStatus string `enum:"Draft,Live,Deprecated"`
	Hash          string `doc:"SHA-256 of the definition without comments and layout."`
	CreatedOnUtc  wire.Time
	Signer        *releaseSignerOut `doc:"Who vouches for it; null for nobody."`
	Differences   []string          `doc:"What it may do that the release before may not, and the reverse: hosts, scopes, ways to sign in, scripts."`
}

type releaseSignerOut struct {
	Key, Name string
	Trusted   bool
}

func (a *API) partnerConnectors() {
	route := func(id, method, path, summary string) Route {
		return Route{ID: id, Method: method, Path: "/connectors/{connector}/" + path, Tag: connectorsTag, Level: Partner, Extension: true, Summary: summary, Right: tenant.AreaConnectors, RightAs: insideRight(method),
			IDs: []IDParam{{In: "path", Name: "connector", Owner: "public"}}}
	}
	add(a, Route{ID: "ConnectorApps_GET", Method: http.MethodGet, Path: "/connectorapps", Tag: connectorsTag, Level: Partner, Extension: true,
		Right: tenant.AreaConnectors, RightAs: paceline.ViewRight, Summary: "List the partner's apps at the connectors' vendors."}, a.connectorApps)
	add(a, route("Connectors_App_GET", http.MethodGet, "app", "Get the partner's app at the connector's vendor."), a.appGet)
	add(a, route("Connectors_App_PUT", http.MethodPut, "app", "Register the partner's app at the connector's vendor."), a.appPut)
	addEmpty(a, route("Connectors_App_DELETE", http.MethodDelete, "app", "Forget the partner's app."), a.appDelete)
	add(a, route("Connectors_Releases_GET", http.MethodGet, "releases", "List a connector's releases, newest first, with who signed them and how they differ."), a.connectorReleases)
	add(a, route("Connectors_Properties_GET", http.MethodGet, "properties", "List what the partner sets for all accounts."), a.partnerProperties)
	add(a, route("Connectors_Properties_PUT", http.MethodPut, "properties", "Set a value for all accounts; null removes it."), a.partnerPropertyPut)
	add(a, route("Connectors_PartnerWebhook_GET", http.MethodGet, "partnerwebhook", "Get the address for the events of all accounts."), a.partnerWebhookGet)
}

func (a *API) appGet(ctx context.Context, c *Call, in *ConnectorPath) (appOut, error) {
	app, err := a.Catalog.OAuthApp(ctx, c.Principal, connectorRef(in.Connector, "", ""))
	return appOut{app.ClientID}, err
}

func (a *API) connectorApps(ctx context.Context, c *Call, _ *struct{}) ([]connectorAppOut, error) {
	list, err := a.Catalog.OAuthApps(ctx, c.Principal)
	return translate(list, func(app catalog.OAuthApp) connectorAppOut { return connectorAppOut{int(app.ID), app.ClientID} }), err
}

func (a *API) appPut(ctx context.Context, c *Call, in *appInput) (appOut, error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return appOut{}, err
	}
	app, err := a.Catalog.SetOAuthApp(ctx, c.Principal, connectorRef(in.Connector, "", ""), connector.Client{ID: body.ClientId.Value, Secret: body.ClientSecret.Value})
	return appOut{app.ClientID}, err
}

func (a *API) appDelete(ctx context.Context, c *Call, in *ConnectorPath) error {
	return a.Catalog.RemoveOAuthApp(ctx, c.Principal, connectorRef(in.Connector, "", ""))
}

func (a *API) partnerProperties(ctx context.Context, c *Call, in *ConnectorPath) ([]partnerPropertyOut, error) {
	list, err := a.Catalog.PartnerProperties(ctx, c.Principal, connectorRef(in.Connector, "", ""))
	return translate(list, partnerPropertyWire), err
}

func (a *API) partnerPropertyPut(ctx context.Context, c *Call, in *partnerPropertyInput) (partnerPropertyOut, error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return partnerPropertyOut{}, err
	}
	set, err := a.Catalog.SetPartnerProperty(ctx, c.Principal, connectorRef(in.Connector, "", ""), catalog.PropertyInput{Name: body.Name.Value, Value: body.Value.Ptr()})
	return partnerPropertyWire(set), err
}

func partnerPropertyWire(p catalog.PartnerProperty) partnerPropertyOut {
	return partnerPropertyOut{Id: int(p.ID), Name: p.Name, Value: p.Value, HasValue: p.Set}
}

func (a *API) connectorReleases(ctx context.Context, c *Call, in *ConnectorPath) ([]connectorReleaseOut, error) {
	list, err := a.Catalog.ConnectorReleases(ctx, c.Principal, connectorRef(in.Connector, "", ""))
	return translate(list, func(r catalog.ConnectorHistory) connectorReleaseOut {
		out := connectorReleaseOut{Release: r.Release, ReleaseStatus: string(r.Status), Hash: r.Hash, CreatedOnUtc: wire.FromMicros(r.CreatedAt), Differences: wire.List(r.Differences)}
		if r.Signer != nil {
			out.Signer = &releaseSignerOut{Key: r.Signer.Key, Name: r.Signer.Name, Trusted: r.Signer.Trusted}
		}
		return out
	}), err
}

func (a *API) partnerWebhookGet(ctx context.Context, c *Call, in *ConnectorPath) (partnerWebhookOut, error) {
	address, err := a.Catalog.PartnerWebhook(ctx, c.Principal, connectorRef(in.Connector, "", ""))
	return partnerWebhookOut{address}, err
}
