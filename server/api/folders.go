package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
	"paceline/store"
	"paceline/tenant"
)

type folderIn struct {
	Name     wire.Opt[string]
	ParentId wire.Opt[string] `doc:"The folder that it lies in; null: the top."`
}

type folderOut struct {
	Id       string
	Name     string
	ParentId *string
}

type moveIn struct {
	FolderId wire.Opt[string] `doc:"The folder to lie in; null: the top."`
}

type FolderPath struct {
	Folder string `path:"folder" format:"uuid" doc:"Folder of the template library."`
}

type folderCreateInput struct {
	Body *wire.Body[folderIn]
}

type folderUpdateInput struct {
	FolderPath
	Body *wire.Body[folderIn]
}

type templateMoveInput struct {
	TemplatePath
	Body *wire.Body[moveIn]
}

func (a *API) folders() {
	owned := []IDParam{{In: "path", Name: "folder", Owner: "partner"}}
	parent := IDParam{In: "body", Name: "ParentId", Owner: "partner"}
	route := func(id, method, path, summary string, right paceline.RightLevel, ids ...IDParam) Route {
		return Route{ID: id, Method: method, Path: path, Tag: templatesTag, Level: Partner, Extension: true, Summary: summary,
			Right: tenant.AreaTemplates, RightAs: right, IDs: ids}
	}
	add(a, route("Folders_All_GET", http.MethodGet, "/folders", "List the folders of the template library.", paceline.ViewRight), a.folderList)
	add(a, route("Folders_Create_POST", http.MethodPost, "/folders", "Make a folder.", paceline.EditRight, parent), a.folderCreate)
	add(a, route("Folders_Get_GET", http.MethodGet, "/folders/{folder}", "Get one folder.", paceline.ViewRight, owned...), a.folderGet)
	add(a, route("Folders_Update_PUT", http.MethodPut, "/folders/{folder}", "Rename a folder, or move it with what it holds.", paceline.EditRight,
		append(owned, parent)...), a.folderUpdate)
	addEmpty(a, route("Folders_Delete_DELETE", http.MethodDelete, "/folders/{folder}", "Delete a folder that holds nothing.", paceline.EditRight, owned...), a.folderDelete)
	addEmpty(a, route("Templates_Move_PUT", http.MethodPut, "/templates/{id}/folder", "Lay a template into a folder.", paceline.EditRight,
		IDParam{In: "path", Name: "id", Owner: "partner"}, IDParam{In: "body", Name: "FolderId", Owner: "partner"}), a.templateMove)
}

func (a *API) folderList(ctx context.Context, c *Call, _ *struct{}) ([]folderOut, error) {
	list, err := a.Catalog.Folders(ctx, c.Principal)
	return translate(list, folderWire), err
}

func (a *API) folderGet(ctx context.Context, c *Call, in *FolderPath) (out folderOut, err error) {
	id, err := guid(in.Folder)
	if err != nil {
		return out, err
	}
	f, err := a.Catalog.Folder(ctx, c.Principal, id)
	return folderWire(f), err
}

func (a *API) folderCreate(ctx context.Context, c *Call, in *folderCreateInput) (folderOut, error) {
	f, err := a.Catalog.CreateFolder(ctx, c.Principal, later(in.Body, folderIn.input))
	return folderWire(f), err
}

func (a *API) folderUpdate(ctx context.Context, c *Call, in *folderUpdateInput) (out folderOut, err error) {
	id, err := guid(in.Folder)
	if err != nil {
		return out, err
	}
	f, err := a.Catalog.UpdateFolder(ctx, c.Principal, id, later(in.Body, folderIn.input))
	return folderWire(f), err
}

func (a *API) folderDelete(ctx context.Context, c *Call, in *FolderPath) error {
	id, err := guid(in.Folder)
	if err != nil {
		return err
	}
	return a.Catalog.DeleteFolder(ctx, c.Principal, id)
}

func (a *API) templateMove(ctx context.Context, c *Call, in *templateMoveInput) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Catalog.MoveTemplate(ctx, c.Principal, id, later(in.Body, func(in moveIn) (string, error) {
		if !in.FolderId.Set {
			return "", paceline.Fail(paceline.CodeFieldInvalid, "name", "FolderId", "reason", "it is missing")
		}
		return in.FolderId.Value, nil
	}))
}

func (in folderIn) input() (out cycle.FolderInput, err error) {
	out.Name = in.Name.Ptr()
	if in.ParentId.Set {
		out.Parent = &in.ParentId.Value
	}
	return out, nil
}

func folderWire(f store.Folder) folderOut {
	return folderOut{Id: string(f.ID), Name: f.Name, ParentId: textPtr(string(f.Parent))}
}
