package api

import (
	"context"
	"net/http"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
	"paceline/store"
	"paceline/tenant"
)

type libraryListInput struct {
	PageInput
	Search   string `query:"search" doc:"A part of the name, in any letter case." maxLength:"200"`
	Tag      string `query:"tag" doc:"Only templates with the tag; letter case counts."`
	FolderID string `query:"folderid" doc:"Only templates that lie in this folder itself."`
	Deleted  string `query:"deleted" enum:"true,false" doc:"true lists the recycle bin instead."`
}

type publishedIn struct {
	Published wire.Opt[bool]
}

type publishedInput struct {
	TemplatePath
	Body *wire.Body[publishedIn]
}

type templateTextsIn struct {
	Name        wire.Opt[string]
	Description wire.Opt[string] `doc:"Empty removes it."`
	Tags        wire.Opt[[]string]
}

type templateTextsInput struct {
	TemplatePath
	Body *wire.Body[templateTextsIn]
}

// libraryTemplateOut is a template as its partner works on it.
type libraryTemplateOut struct {
	Id             string
	Name           string
	Description    *string
	Tags           []string
	FolderId       *string
	Published      bool `doc:"Whether accounts are offered it."`
	LiveRelease    *int `doc:"Number of the live release; null while there is none."`
	DraftRelease   *int `doc:"Number of the newest draft."`
	DraftReleaseId *string
	CreatedOnUtc   wire.Time
	DeletedOnUtc   *wire.Time
	PurgedOnUtc    *wire.Time `doc:"When a deleted one will be gone for good."`
}

func (a *API) templateLibrary() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "partner"}}
	route := func(id, method, path, summary string, right paceline.RightLevel, ids []IDParam) Route {
		return Route{ID: "Templates_" + id, Method: method, Path: "/templates" + path, Tag: templatesTag, Level: Partner, Summary: summary, IDs: ids,
			Extension: true, Right: tenant.AreaTemplates, RightAs: right}
	}
	add(a, route("Library_GET", http.MethodGet, "/library", "List all templates of the partner, drafts among them, or the recycle bin.", paceline.ViewRight,
		[]IDParam{{In: "query", Name: "folderid", Owner: "partner"}}), a.libraryList)
	addEmpty(a, route("Published_PUT", http.MethodPut, "/{id}/published", "Offer a template to accounts, or no more.", paceline.EditRight, owned), a.templatePublished)
	addEmpty(a, route("Update_PUT", http.MethodPut, "/{id}", "Change name, description and tags of a template; absent ones stay as they are.", paceline.EditRight, owned), a.templateUpdate)
	addEmpty(a, route("Delete_DELETE", http.MethodDelete, "/{id}", "Move a template to the recycle bin. Cycles that were made of it stay.", paceline.EditRight, owned), a.templateDelete)
	addEmpty(a, route("Restore_POST", http.MethodPost, "/library/{id}/restore", "Take a template out of the recycle bin; it is not published.", paceline.EditRight, owned), a.templateRestore)
	addEmpty(a, route("Purge_DELETE", http.MethodDelete, "/library/{id}", "Let a deleted template go for good.", paceline.EditRight, owned), a.templatePurge)
}

func (a *API) libraryList(ctx context.Context, c *Call, in *libraryListInput) ([]libraryTemplateOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	f := store.LibraryFilter{Text: in.Search, Tag: in.Tag, Deleted: strings.EqualFold(in.Deleted, "true")}
	if in.FolderID != "" {
		if f.Folder, err = guid(in.FolderID); err != nil {
			return nil, err
		}
	}
	l, err := a.Catalog.Library(ctx, c.Principal, f, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, libraryTemplateWire), nil
}

func libraryTemplateWire(t store.LibraryTemplate) libraryTemplateOut {
	out := libraryTemplateOut{
		Id: string(t.ID), Name: t.Name, Description: t.Description, Tags: t.Tags, Published: t.Published, CreatedOnUtc: wire.FromMicros(t.CreatedAt),
	}
	if out.Tags == nil {
		out.Tags = []string{}
	}
	if t.Folder != "" {
		folder := string(t.Folder)
		out.FolderId = &folder
	}
	if t.Live > 0 {
		out.LiveRelease = &t.Live
	}
	if t.Draft > 0 {
		id := string(t.DraftID)
		out.DraftRelease, out.DraftReleaseId = &t.Draft, &id
	}
	if t.DeletedAt > 1 {
		deleted, purged := wire.FromMicros(t.DeletedAt), wire.FromMicros(t.DeletedAt.Add(store.BinKept))
		out.DeletedOnUtc, out.PurgedOnUtc = &deleted, &purged
	}
	return out
}

func (a *API) templateUpdate(ctx context.Context, c *Call, in *templateTextsInput) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Catalog.DescribeTemplate(ctx, c.Principal, id, func() (out catalog.TemplateTexts, err error) {
		body, _, err := in.Body.Read()
		if err != nil {
			return out, err
		}
		out = catalog.TemplateTexts{Name: emptied(body.Name), Description: emptied(body.Description), Tags: body.Tags.Ptr()}
		if body.Tags.Null {
			out.Tags = &[]string{}
		}
		return out, nil
	})
}

func (a *API) templatePublished(ctx context.Context, c *Call, in *publishedInput) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Catalog.PublishTemplate(ctx, c.Principal, id, func() (bool, error) {
		body, _, err := in.Body.Read()
		if err == nil && !body.Published.Has() {
			err = paceline.Fail(paceline.CodeFieldInvalid, "name", "Published", "reason", "true or false was expected")
		}
		return body.Published.Value, err
	})
}

func (a *API) templateDelete(ctx context.Context, c *Call, in *TemplatePath) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Catalog.DeleteTemplate(ctx, c.Principal, id)
}

func (a *API) templateRestore(ctx context.Context, c *Call, in *TemplatePath) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Catalog.RestoreTemplate(ctx, c.Principal, id)
}

func (a *API) templatePurge(ctx context.Context, c *Call, in *TemplatePath) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Catalog.PurgeTemplate(ctx, c.Principal, id)
}
