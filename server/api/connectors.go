package api

import (
	"context"
	"net/http"
	"strconv"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
	"paceline/tenant"
)

const connectorsTag = "Connectors"

type ConnectorPath struct {
	Connector string `path:"connector" doc:"Id (a whole number) or name of the connector."`
}

type ConnectorVersionPath struct {
	ConnectorPath
	Version string `path:"version" doc:"Version of the vendor's API."`
}

type ReleaseQuery struct {
	Release string `query:"release" doc:"Extension: our release number instead of the live release."`
}

type connectorListInput struct {
	PageInput
	Query    string `query:"query" doc:"Part of the name."`
	Category string `query:"category" doc:"Exact name of a category."`
	Custom   string `query:"includeCustomConnectors" enum:"true,false" doc:"List custom connectors of the account, too."`
}

type connectorGetInput struct {
	ConnectorPath
	ReleaseQuery
}

type MethodFilterInput struct {
	Query    string `query:"query" doc:"Part of the name."`
	Category string `query:"category" doc:"Exact name of a category."`
}

type methodListInput struct {
	ConnectorPath
	MethodFilterInput
	ReleaseQuery
}

type methodVersionListInput struct {
	ConnectorVersionPath
	MethodFilterInput
}

type methodPath struct {
	ID string `path:"id" doc:"Id (a whole number) or MethodUniqueIdentifier."`
}

type InstallIn struct {
	Name             wire.Opt[string] `doc:"Default: the connector's name. In use: 400."`
	Description      wire.Opt[string]
	AuthenticationId wire.Opt[string] `doc:"Needed only where the connector offers several."`
	AuthValue        wire.Opt[string] `doc:"ApiKey: the key. Basic: base64 of user:password. Bearer: the token."`
	Properties       []propertyIn
}

type propertyIn struct {
	Name  wire.Opt[string] `doc:"TargetName of a parameter."`
	Value wire.Opt[string]
	Id    wire.Opt[int] `doc:"Ignored."`
}

type installInput struct {
	ConnectorPath
	ReleaseQuery
	EnsureQuery
	Body *wire.Body[InstallIn]
}

type installVersionInput struct {
	ConnectorVersionPath
	EnsureQuery
	Body *wire.Body[InstallIn]
}

func (a *API) connectors() {
	a.partnerConnectors()
	public := []IDParam{{In: "path", Name: "connector", Owner: "public"}}
	route := func(id, method, path, summary string, level Level) Route {
		r := Route{ID: id, Method: method, Path: path, Tag: connectorsTag, Level: level, Summary: summary, IDs: public}
		if level == Optional {
			r.Right, r.RightAs = tenant.AreaConnectors, paceline.ViewRight
		}
		return r
	}
	add(a, route("Connectors_All_GET", "GET", "/connectors", "List the connectors that can be installed.", Optional), a.connectorList)
	add(a, route("Connectors_Get_GET", "GET", "/connectors/{connector}", "Get a connector by id (an object), or all with a name (a list).", Optional), a.connectorGet)
	add(a, route("Connectors_GetVersion_GET", "GET", "/connectors/{connector}/{version}", "List the connectors with a name and vendor version.", Optional), a.connectorVersions)
	add(a, route("Connectors_Methods_GET", "GET", "/connectors/{connector}/methods", "List a connector's methods.", Optional), a.methodList)
	add(a, route("Connectors_Methods_GET_0", "GET", "/connectors/{connector}/{version}/methods", "List the methods of one vendor version.", Optional), a.methodVersionList)
	add(a, route("Connectors_Install_POST", "POST", "/connectors/{connector}/install", "Install a connector into the account.", Account), a.install)
	version := route("Connectors_InstallVersion_POST", "POST", "/connectors/{connector}/{version}/install", "Install one vendor version of a connector.", Account)
	version.Extension = true
	add(a, version, a.installVersion)
	add(a, Route{ID: "Methods_Get_GET", Method: http.MethodGet, Path: "/methods/{id}", Tag: "Methods", Level: Optional,
		Right: tenant.AreaConnectors, RightAs: paceline.ViewRight,
		IDs: []IDParam{{In: "path", Name: "id", Owner: "public"}}, Summary: "Get one method."}, a.methodGet)
}

func (a *API) connectorList(ctx context.Context, c *Call, in *connectorListInput) ([]ConnectorOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	custom, err := queryBool(in.Custom, "includeCustomConnectors")
	if err != nil {
		return nil, err
	}
	filter := catalog.ConnectorFilter{Query: in.Query, Category: in.Category, NoCustom: in.Custom != "" && !custom}
	l, err := a.Catalog.Connectors(ctx, c.viewer(), filter, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, connectorWire), nil
}

func (a *API) connectorGet(ctx context.Context, c *Call, in *connectorGetInput) (out connectorOrList, err error) {
	if id, err := strconv.ParseInt(in.Connector, 10, 32); err == nil {
		found, err := a.Catalog.Connector(ctx, c.viewer(), int32(id), in.Release)
		if err != nil {
			return out, err
		}
		one := connectorWire(found)
		return connectorOrList{one: &one}, nil
	}
	return a.named(ctx, c, in.Connector, "")
}

func (a *API) connectorVersions(ctx context.Context, c *Call, in *ConnectorVersionPath) (connectorOrList, error) {
	return a.named(ctx, c, in.Connector, in.Version)
}

func (a *API) named(ctx context.Context, c *Call, name, version string) (connectorOrList, error) {
	found, err := a.Catalog.ConnectorsNamed(ctx, c.viewer(), name, version)
	return connectorOrList{many: translate(found, connectorWire)}, err
}

// connectorRef reads what a path names a connector by: a whole number is always an id.
func connectorRef(text, version, release string) catalog.ConnectorRef {
	if id, err := strconv.ParseInt(text, 10, 32); err == nil && version == "" {
		return catalog.ConnectorRef{ID: int32(id), Release: release}
	}
	return catalog.ConnectorRef{Name: text, Version: version, Release: release}
}

func (a *API) methodList(ctx context.Context, c *Call, in *methodListInput) ([]methodOut, error) {
	return a.methodsOf(ctx, c, connectorRef(in.Connector, "", in.Release), in.MethodFilterInput)
}

func (a *API) methodVersionList(ctx context.Context, c *Call, in *methodVersionListInput) ([]methodOut, error) {
	return a.methodsOf(ctx, c, connectorRef(in.Connector, in.Version, ""), in.MethodFilterInput)
}

func (a *API) methodsOf(ctx context.Context, c *Call, ref catalog.ConnectorRef, f MethodFilterInput) ([]methodOut, error) {
	found, err := a.Catalog.Methods(ctx, c.viewer(), ref, catalog.MethodFilter{Query: f.Query, Category: f.Category})
	if err != nil {
		return nil, err
	}
	return translate(found, methodWire), nil
}

func (a *API) methodGet(ctx context.Context, c *Call, in *methodPath) (out methodOut, err error) {
	ref, err := methodRef(in.ID)
	if err != nil {
		return out, err
	}
	var m catalog.Method
	if ref.UID != "" {
		m, err = a.Catalog.MethodByUID(ctx, c.viewer(), ref.UID)
	} else {
		m, err = a.Catalog.Method(ctx, c.viewer(), ref.ID)
	}
	if err != nil {
		return out, err
	}
	return methodWire(m), nil
}

func (a *API) install(ctx context.Context, c *Call, in *installInput) (accountConnectorOut, error) {
	return a.installConnector(ctx, c, connectorRef(in.Connector, "", in.Release), in.EnsureQuery, in.Body)
}

func (a *API) installVersion(ctx context.Context, c *Call, in *installVersionInput) (accountConnectorOut, error) {
	return a.installConnector(ctx, c, connectorRef(in.Connector, in.Version, ""), in.EnsureQuery, in.Body)
}

func (a *API) installConnector(ctx context.Context, c *Call, ref catalog.ConnectorRef, query EnsureQuery, sent *wire.Body[InstallIn]) (out accountConnectorOut, err error) {
	body, _, err := sent.Read()
	if err != nil {
		if _, missing := a.Catalog.Methods(ctx, c.viewer(), ref, catalog.MethodFilter{}); missing != nil {
			return out, missing
		}
		return out, err
	}
	input := body.install()
	if input.Ensure, err = query.ensure(); err != nil {
		return out, err
	}
	ac, err := a.Catalog.InstallConnector(ctx, c.Principal, c.Account, ref, input)
	if err != nil {
		return out, err
	}
	return accountConnectorWire(ac), nil
}

func (in InstallIn) install() catalog.ConnectorInstall {
	return catalog.ConnectorInstall{
		Name: given(in.Name), Description: in.Description.Ptr(), Authentication: in.AuthenticationId.Ptr(), AuthValue: in.AuthValue.Ptr(),
		Properties: propertyInputs(in.Properties),
	}
}

// given returns the text, or nil when it is absent or empty: an empty name means the default.
func given(o wire.Opt[string]) *string {
	if !o.Has() || o.Value == "" {
		return nil
	}
	return o.Ptr()
}

func propertyInputs(list []propertyIn) []catalog.PropertyInput {
	return translate(list, func(p propertyIn) catalog.PropertyInput {
		return catalog.PropertyInput{Name: p.Name.Value, Value: p.Value.Ptr()}
	})
}
