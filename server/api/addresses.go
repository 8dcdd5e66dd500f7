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
	Addresses        wire.Opt[[]string] `doc:"IP addresses and networks such as 192.0.2.0/24; an empty list or null allows any."`
	ConsoleAddresses wire.Opt[[]string] `doc:"The same for the console. An empty list allows any; null: those of Addresses."`
	// DataOnDemandAddresses hold besides Addresses, and what the operator says.
	DataOnDemandAddresses wire.Opt[[]string] `doc:"The same for programs that call methods of connectors for themselves, other than of the partner's own product; an empty list or null allows any."`
}

type addressesOut struct {
	Addresses             []string  `doc:"Networks from which programs may call the API; an empty list allows any."`
	ConsoleAddresses      *[]string `doc:"Networks from which people may use the console; an empty list allows any, null: those of Addresses."`
	DataOnDemandAddresses []string  `doc:"Networks from which programs may call methods of connectors for themselves, other than of the partner's own product; an empty list allows any."`
	YourAddress           string    `doc:"From which this call came."`
}

type addressesInput struct {
	Body *wire.Body[addressesIn]
}

func (a *API) addresses() {
	add(a, Route{ID: "AllowedAddresses_GET", Method: http.MethodGet, Path: "/allowedaddresses", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaAddresses, RightAs: paceline.ViewRight, Summary: "From which addresses programs may call the API and the token endpoint, and people use the console."}, a.addressesGet)
	add(a, Route{ID: "AllowedAddresses_PUT", Method: http.MethodPut, Path: "/allowedaddresses", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaAddresses, RightAs: paceline.EditRight, Summary: "Replace these lists; an absent one stays. One that shuts the caller out is refused."}, a.addressesSet)
}

func (a *API) addressesGet(ctx context.Context, c *Call, _ *struct{}) (addressesOut, error) {
	lists, err := a.tenant.Addresses(ctx, c.Principal)
	return addressesWire(ctx, lists), err
}

func (a *API) addressesSet(ctx context.Context, c *Call, in *addressesInput) (out addressesOut, err error) {
	body, present, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	if !present || !body.Addresses.Set && !body.ConsoleAddresses.Set && !body.DataOnDemandAddresses.Set {
		return out, paceline.Fail(paceline.CodeBodyMissing)
	}
	lists, err := a.tenant.SetAddresses(ctx, c.Principal, tenant.AddressesPatch{
		Programs: patch(body.Addresses), Console: patch(body.ConsoleAddresses), Methods: patch(body.DataOnDemandAddresses),
	}, fault.Client(ctx))
	return addressesWire(ctx, lists), err
}

func addressesWire(ctx context.Context, lists tenant.AllowedAddresses) addressesOut {
	out := addressesOut{Addresses: wire.List(lists.Programs), DataOnDemandAddresses: wire.List(lists.Methods), YourAddress: fault.Client(ctx)}
	if lists.Console != nil {
		console := wire.List(*lists.Console)
		out.ConsoleAddresses = &console
	}
	return out
}
