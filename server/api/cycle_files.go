package api

import (
	"context"
	"net/http"

	"paceline/server/api/wire"
)

type cycleCopyIn struct {
	Name wire.Opt[string] `doc:"Of the copy; that of the cycle with a mark when absent."`
}

type cycleCopyInput struct {
	CyclePath
	Body *wire.Body[cycleCopyIn]
}

type cycleImportInput struct {
	IncludeIcons bool `query:"includeIcons" doc:"Put data URIs into Connectors[].Icon."`
	Body         *wire.Body[map[string]any]
}

func (a *API) cycleFiles() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	addRaw(a, Route{ID: "Cycles_Export_GET", Method: http.MethodGet, Path: "/cycles/{id}/export", Tag: cyclesTag, Level: Account, IDs: owned,
		Summary: "Export a cycle with the connector releases that it uses. No secrets, properties, addresses or links to other cycles."}, a.cycleExport)
	add(a, Route{ID: "Cycles_Copy_POST", Method: http.MethodPost, Path: "/cycles/{id}/copy", Tag: cyclesTag, Level: Account, Extension: true, Status: http.StatusCreated, IDs: owned,
		Summary: "Make a paused cycle with the same design, account connectors and folder, without the transactions."}, a.cycleCopy)
	add(a, Route{ID: "Cycles_Import_POST", Method: http.MethodPost, Path: "/cycles/import", Tag: cyclesTag, Level: Account, MaxBody: maxImport,
		Summary: "Make a paused cycle of an exported cycle or template, sent as JSON or uploaded as a form with one file; missing connectors come along."}, a.cycleImport)
}

func (a *API) cycleExport(ctx context.Context, c *Call, in *CyclePath) ([]byte, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	return a.Catalog.ExportCycle(ctx, c.Principal, c.Account, id)
}

func (a *API) cycleCopy(ctx context.Context, c *Call, in *cycleCopyInput) (out cycleOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	if _, err := a.Cycle.Get(ctx, c.Principal, c.Account, id); err != nil { // told before what is wrong with the body
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	v, err := a.Cycle.Duplicate(ctx, c.Principal, c.Account, id, body.Name.Value)
	if err != nil {
		return out, err
	}
	return cycleWire(v, false), nil
}

func (a *API) cycleImport(ctx context.Context, c *Call, in *cycleImportInput) (out cycleOut, err error) {
	imported, err := a.Catalog.ImportCycle(ctx, c.Principal, c.Account, uploaded(in.Body.Raw()))
	if err != nil {
		return out, err
	}
	out = cycleWire(imported.View, in.IncludeIcons)
	out.ImportNotes = imported.Notes
	return out, nil
}
