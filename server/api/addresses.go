package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/server/fault"
	"paceline/tenant"
)

type addressesIn struct {
	Addresses wire.Opt[[]string] `doc:"IP addresses and networks such as 192.0.2.0/24; an empty list or null allows any."`
}

type addressesOut struct {
	Addresses []string `doc:"Networks from which programs may call the API; an empty list allows any."`
}

type addressesInput struct {
	Body *wire.Body[addressesIn]
}

func (a *API) addresses() {
	add(a, Route{ID: "AllowedAddresses_GET", Method: http.MethodGet, Path: "/allowedaddresses", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaAddresses, RightAs: paceline.ViewRight, Summary: "From which addresses programs may call the API and the token endpoint."}, a.addressesGet)
	add(a, Route{ID: "AllowedAddresses_PUT", Method: http.MethodPut, Path: "/allowedaddresses", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaAddresses, RightAs: paceline.EditRight, Summary: "Replace that list. One without the caller's own address is refused."}, a.addressesSet)
}

func (a *API) addressesGet(ctx context.Context, c *Call, _ *struct{}) (addressesOut, error) {
	list, err := a.tenant.Addresses(ctx, c.Principal)
	return addressesOut{wire.List(list)}, err
}

func (a *API) addressesSet(ctx context.Context, c *Call, in *addressesInput) (out addressesOut, err error) {
	body, present, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	if !present || !body.Addresses.Set {
		return out, paceline.Fail(paceline.CodeBodyMissing)
	}
	list, err := a.tenant.SetAddresses(ctx, c.Principal, body.Addresses.Value, fault.Client(ctx))
	return addressesOut{wire.List(list)}, err
}
