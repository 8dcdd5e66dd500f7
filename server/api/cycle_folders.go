package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
)

type CycleFolderPath struct {
	Folder string `path:"folder" format:"uuid" doc:"Folder of the account's cycles."`
}

type cycleFolderIn struct {
	Name           wire.Opt[string]
	ParentFolderId wire.Opt[string] `doc:"The folder that it lies in; null: the top."`
}

type cycleFolderCreateInput struct {
	Body *wire.Body[cycleFolderIn]
}

type cycleFolderUpdateInput struct {
	CycleFolderPath
	Body *wire.Body[cycleFolderIn]
}

type cycleMoveIn struct {
	CycleFolderId wire.Opt[string] `doc:"The folder to lie in; null: the top."`
}

type cycleMoveInput struct {
	CyclePath
	Body *wire.Body[cycleMoveIn]
}

func (a *API) cycleFolders() {
	owned := []IDParam{{In: "path", Name: "folder", Owner: "account"}}
	parent := IDParam{In: "body", Name: "ParentFolderId", Owner: "account"}
	route := func(id, method, path, summary string, ids ...IDParam) Route {
		return Route{ID: "Cycles_" + id, Method: method, Path: "/cycles" + path, Tag: cyclesTag, Level: Account, Extension: true, Summary: summary, IDs: ids}
	}
	add(a, route("Folders_GET", http.MethodGet, "/folders", "List the folders of the account's cycles."), a.cycleFolderList)
	add(a, route("CreateFolder_POST", http.MethodPost, "/folders", "Make a folder of cycles.", parent), a.cycleFolderCreate)
	add(a, route("UpdateFolder_PUT", http.MethodPut, "/folders/{folder}", "Rename a folder of cycles, or move it with what it holds.", append(owned, parent)...), a.cycleFolderUpdate)
	addEmpty(a, route("DeleteFolder_DELETE", http.MethodDelete, "/folders/{folder}", "Delete a folder of cycles that holds nothing.", owned...), a.cycleFolderDelete)
	addEmpty(a, route("Move_PUT", http.MethodPut, "/{id}/folder", "Lay a cycle into a folder, running or not.",
		IDParam{In: "path", Name: "id", Owner: "account"}, IDParam{In: "body", Name: "CycleFolderId", Owner: "account"}), a.cycleMove)
}

func (a *API) cycleFolderList(ctx context.Context, c *Call, _ *struct{}) ([]folderOut, error) {
	list, err := a.Cycle.Folders(ctx, c.Principal, c.Account)
	return translate(list, folderWire), err
}

func (a *API) cycleFolderCreate(ctx context.Context, c *Call, in *cycleFolderCreateInput) (folderOut, error) {
	f, err := a.Cycle.PutFolder(ctx, c.Principal, c.Account, "", later(in.Body, cycleFolderIn.input))
	return folderWire(f), err
}

func (a *API) cycleFolderUpdate(ctx context.Context, c *Call, in *cycleFolderUpdateInput) (out folderOut, err error) {
	id, err := guid(in.Folder)
	if err != nil {
		return out, err
	}
	f, err := a.Cycle.PutFolder(ctx, c.Principal, c.Account, id, later(in.Body, cycleFolderIn.input))
	return folderWire(f), err
}

func (a *API) cycleFolderDelete(ctx context.Context, c *Call, in *CycleFolderPath) error {
	id, err := guid(in.Folder)
	if err != nil {
		return err
	}
	return a.Cycle.DeleteFolder(ctx, c.Principal, c.Account, id)
}

func (a *API) cycleMove(ctx context.Context, c *Call, in *cycleMoveInput) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Cycle.Move(ctx, c.Principal, c.Account, id, later(in.Body, func(in cycleMoveIn) (string, error) {
		if !in.CycleFolderId.Set {
			return "", paceline.Fail(paceline.CodeFieldInvalid, "name", "CycleFolderId", "reason", "it is missing")
		}
		return in.CycleFolderId.Value, nil
	}))
}

func (in cycleFolderIn) input() (cycle.FolderInput, error) {
	return folderIn{Name: in.Name, ParentId: in.ParentFolderId}.input()
}
