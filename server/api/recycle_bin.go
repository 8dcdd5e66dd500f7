package api

import (
	"context"
	"net/http"

	"paceline/server/api/wire"
	"paceline/store"
)

type deletedCycleOut struct {
	Id           string
	Name         string
	DeletedOnUtc wire.Time
	PurgedOnUtc  wire.Time `doc:"When it will be gone for good, unless it is restored."`
}

func (a *API) recycleBin() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	route := func(id, method, path, summary string, ids []IDParam) Route {
		return Route{ID: "RecycleBin_" + id, Method: method, Path: "/recyclebin/cycles" + path, Tag: cyclesTag, Level: Account, Summary: summary, IDs: ids, Extension: true}
	}
	add(a, route("Cycles_GET", http.MethodGet, "", "List the deleted cycles that can be restored, what was deleted last first.", nil), a.binList)
	add(a, route("Restore_POST", http.MethodPost, "/{id}/restore", "Take a deleted cycle out of the recycle bin; it is paused.", owned), a.binRestore)
	addEmpty(a, route("Purge_DELETE", http.MethodDelete, "/{id}", "Let a deleted cycle go for good, with its transactions. Its usage stays counted.", owned), a.binPurge)
	addEmpty(a, route("PurgeAll_DELETE", http.MethodDelete, "", "Let all deleted cycles go for good.", nil), a.binEmpty)
}

func (a *API) binList(ctx context.Context, c *Call, in *PageInput) ([]deletedCycleOut, error) {
	page, err := in.page(true)
	if err != nil {
		return nil, err
	}
	l, err := a.Cycle.Deleted(ctx, c.Principal, c.Account, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(d store.DeletedCycle) deletedCycleOut {
		return deletedCycleOut{Id: string(d.ID), Name: d.Name, DeletedOnUtc: wire.FromMicros(d.DeletedAt), PurgedOnUtc: wire.FromMicros(d.DeletedAt.Add(store.BinKept))}
	}), nil
}

func (a *API) binRestore(ctx context.Context, c *Call, in *CyclePath) (out cycleOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	v, err := a.Cycle.Restore(ctx, c.Principal, c.Account, id)
	if err != nil {
		return out, err
	}
	return cycleWire(v, false), nil
}

func (a *API) binPurge(ctx context.Context, c *Call, in *CyclePath) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Cycle.EmptyBin(ctx, c.Principal, c.Account, id)
}

func (a *API) binEmpty(ctx context.Context, c *Call, _ *struct{}) error {
	return a.Cycle.EmptyBin(ctx, c.Principal, c.Account, "")
}
