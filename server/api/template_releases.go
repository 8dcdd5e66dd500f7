package api

import (
	"context"
	"net/http"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type TemplateReleasePath struct {
	TemplatePath
	Release string `path:"release" format:"uuid" doc:"Release of the template."`
}

type promoteInput struct {
	TemplateReleasePath
	Body *wire.Body[promoteIn]
}

type releaseNotesIn struct {
	Notes      wire.Opt[string]     `doc:"What is in the release."`
	Connectors []releaseConnectorIn `doc:"Of a draft: how installs come by its connectors; those that are not named stay as they are."`
}

type releaseConnectorIn struct {
	Id                 int32  `doc:"Id of a connector that the release uses."`
	InstallationPolicy string `doc:"Existing: the account's own, where it has one. Fresh: each install gets it anew." enum:"Existing,Fresh"`
}

type releaseNotesInput struct {
	TemplateReleasePath
	Body *wire.Body[releaseNotesIn]
}

type promoteIn struct {
	Published wire.Opt[bool] `doc:"Whether the template is offered from now on; absent leaves it as it is."`
}

// templateReleaseOut is one release of a template.
type templateReleaseOut struct {
	Id           string
	Number       int
	Status       string `enum:"Draft,Live,Deprecated"`
	Notes        string
	CreatedOnUtc wire.Time
	CreatedBy    string
}

func (a *API) templateReleases() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "partner"}}
	both := append([]IDParam{{In: "path", Name: "release", Owner: "partner"}}, owned...)
	route := func(id, method, path, summary, area string, right paceline.RightLevel, ids []IDParam) Route {
		return Route{ID: "Templates_" + id, Method: method, Path: "/templates/{id}/releases" + path, Tag: templatesTag, Level: Partner, Summary: summary,
			IDs: ids, Extension: true, Right: area, RightAs: right}
	}
	add(a, route("Releases_GET", http.MethodGet, "", "List all releases of a template, the newest first.", tenant.AreaTemplates, paceline.ViewRight, owned), a.templateReleaseList)
	addRaw(a, route("ExportRelease_GET", http.MethodGet, "/{release}/export", "Export one release.", tenant.AreaExchange, paceline.ViewRight, both), a.templateReleaseExport)
	add(a, route("UpdateRelease_PUT", http.MethodPut, "/{release}", "Say what is in a release, and how installs come by its connectors.", tenant.AreaTemplates, paceline.EditRight, both), a.templateReleaseNote)
	addEmpty(a, route("DeleteRelease_DELETE", http.MethodDelete, "/{release}", "Delete a draft or deprecated release that no cycle follows.", tenant.AreaReleases, paceline.ManageRight, both), a.templateReleaseDelete)
	add(a, route("PromoteRelease_POST", http.MethodPost, "/{release}/promote", "Make a release the live one.", tenant.AreaReleases, paceline.EditRight, both), a.templateReleasePromote)
}

func (a *API) templateReleaseList(ctx context.Context, c *Call, in *TemplatePath) ([]templateReleaseOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.TemplateReleases(ctx, c.Principal, id)
	if err != nil {
		return nil, err
	}
	return translate(list, templateReleaseWire), nil
}

func (a *API) templateReleaseExport(ctx context.Context, c *Call, in *TemplateReleasePath) ([]byte, error) {
	id, release, err := in.ids()
	if err != nil {
		return nil, err
	}
	return a.Catalog.ExportTemplateRelease(ctx, c.Principal, id, release)
}

func (a *API) templateReleasePromote(ctx context.Context, c *Call, in *promoteInput) (out templateReleaseOut, err error) {
	id, release, err := in.ids()
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	rel, err := a.Catalog.PromoteTemplateRelease(ctx, c.Principal, id, release, body.Published.Ptr())
	if err != nil {
		return out, err
	}
	return templateReleaseWire(rel), nil
}

func (a *API) templateReleaseNote(ctx context.Context, c *Call, in *releaseNotesInput) (out templateReleaseOut, err error) {
	id, release, err := in.ids()
	if err != nil {
		return out, err
	}
	rel, err := a.Catalog.ChangeRelease(ctx, c.Principal, id, release, func() (catalog.ReleaseChange, error) {
		body, _, err := in.Body.Read()
		if err != nil {
			return catalog.ReleaseChange{}, err
		}
		return body.change()
	})
	if err != nil {
		return out, err
	}
	return templateReleaseWire(rel), nil
}

func (in releaseNotesIn) change() (out catalog.ReleaseChange, err error) {
	if !in.Notes.Set && len(in.Connectors) == 0 {
		return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "Notes", "reason", "they are missing")
	}
	if in.Notes.Set {
		notes := strings.TrimSpace(in.Notes.Value)
		out.Notes = &notes
	}
	out.Fresh = make(map[int32]bool, len(in.Connectors))
	for _, c := range in.Connectors {
		policy := ""
		if !pick(&policy, c.InstallationPolicy, installationPolicies) {
			return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "InstallationPolicy", "reason", "it is neither Existing nor Fresh")
		}
		out.Fresh[c.Id] = policy == "Fresh"
	}
	return out, nil
}

var installationPolicies = []string{"Existing", "Fresh"}

func (a *API) templateReleaseDelete(ctx context.Context, c *Call, in *TemplateReleasePath) error {
	id, release, err := in.ids()
	if err != nil {
		return err
	}
	return a.Catalog.DeleteTemplateRelease(ctx, c.Principal, id, release)
}

func (p TemplateReleasePath) ids() (id, release paceline.ID, err error) {
	if id, err = guid(p.ID); err == nil {
		release, err = guid(p.Release)
	}
	return id, release, err
}

func templateReleaseWire(r paceline.TemplateRelease) templateReleaseOut {
	return templateReleaseOut{Id: string(r.ID), Number: r.Number, Status: string(r.Status), Notes: r.Notes, CreatedOnUtc: wire.FromMicros(r.CreatedAt), CreatedBy: r.CreatedBy}
}
