package api

import (
	"context"
	"net/http"

	"paceline/server/api/wire"
)

type cycleImportInput struct {
	IncludeIcons bool `query:"includeIcons" doc:"Put data URIs into Connectors[].Icon."`
	Body         *wire.Body[map[string]any]
}

func (a *API) cycleFiles() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	addRaw(a, Route{ID: "Cycles_Export_GET", Method: http.MethodGet, Path: "/cycles/{id}/export", Tag: cyclesTag, Level: Account, IDs: owned,
		Summary: "Export a cycle with the connector releases that it uses. No secrets, properties, addresses or links to other cycles."}, a.cycleExport)
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

func (a *API) cycleImport(ctx context.Context, c *Call, in *cycleImportInput) (out cycleOut, err error) {
	imported, err := a.Catalog.ImportCycle(ctx, c.Principal, c.Account, uploaded(in.Body.Raw()))
	if err != nil {
		return out, err
	}
	out = cycleWire(imported.View, in.IncludeIcons)
	out.ImportNotes = imported.Notes
	return out, nil
}
