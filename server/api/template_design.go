package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type templateIn struct {
	Name        wire.Opt[string]
	Description wire.Opt[string]
	Tags        wire.Opt[[]string]
	FolderId    wire.Opt[string] `doc:"Folder of the template library; null: the top."`
	TemplateId  wire.Opt[string] `doc:"A template whose release the draft begins as a copy of; absent: it is empty."`
	ReleaseId   wire.Opt[string] `doc:"The release of that template; the newest when absent."`
}

type templateCreateInput struct {
	Body *wire.Body[templateIn]
}

type releaseCopyIn struct {
	ReleaseId  wire.Opt[string] `doc:"The release to copy; the newest when absent."`
	TemplateId wire.Opt[string] `doc:"The template that the release is of; absent: the same."`
}

type releaseCopyInput struct {
	TemplatePath
	Body *wire.Body[releaseCopyIn]
}

// designOut is where a draft is designed.
type designOut struct {
	AccountId string `doc:"API id of the workshop, the account in which templates are designed and tried."`
	CycleId   string `doc:"The cycle that is the draft until it is promoted."`
}

func (a *API) templateDesign() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "partner"}}
	route := func(id, path, summary string, ids ...IDParam) Route {
		return Route{ID: "Templates_" + id, Method: http.MethodPost, Path: "/templates" + path, Tag: templatesTag, Level: Partner, Summary: summary,
			IDs: ids, Extension: true, Right: tenant.AreaTemplates, RightAs: paceline.EditRight}
	}
	add(a, route("Create_POST", "", "Make a template with a draft release, empty or a copy of another template's; nobody is offered it yet.",
		IDParam{In: "body", Name: "FolderId", Owner: "partner"}, IDParam{In: "body", Name: "TemplateId", Owner: "partner"}, IDParam{In: "body", Name: "ReleaseId", Owner: "partner"}), a.templateCreate)
	add(a, route("CopyRelease_POST", "/{id}/releases", "Make a draft of a release, of the same template or another.",
		append(owned, IDParam{In: "body", Name: "ReleaseId", Owner: "partner"}, IDParam{In: "body", Name: "TemplateId", Owner: "partner"})...), a.templateReleaseCopy)
	add(a, route("DesignRelease_POST", "/{id}/releases/{release}/design", "Open a draft release for its design, as a cycle that is changed, tested and run like any other.",
		append([]IDParam{{In: "path", Name: "release", Owner: "partner"}}, owned...)...), a.templateReleaseDesign)
}

func (a *API) templateCreate(ctx context.Context, c *Call, in *templateCreateInput) (out templateOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	made := catalog.NewTemplate{Name: body.Name.Value, Description: body.Description.Ptr(), Tags: body.Tags.Value, Folder: body.FolderId.Value}
	if made.Template, made.Release, err = copied(body.TemplateId, body.ReleaseId); err != nil {
		return out, err
	}
	if made.Release != "" && made.Template == "" {
		return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "TemplateId", "reason", "it is missing")
	}
	t, err := a.Catalog.CreateTemplate(ctx, c.Principal, made)
	if err != nil {
		return out, err
	}
	return templateWire(t, false), nil
}

func (a *API) templateReleaseCopy(ctx context.Context, c *Call, in *releaseCopyInput) (out templateReleaseOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	source, from, err := copied(body.TemplateId, body.ReleaseId)
	if err != nil {
		return out, err
	}
	rel, err := a.Catalog.CopyTemplateRelease(ctx, c.Principal, id, source, from)
	if err != nil {
		return out, err
	}
	return templateReleaseWire(rel), nil
}

// copied reads which release of which template a body names; "" for one that it leaves out.
func copied(template, release wire.Opt[string]) (t, r paceline.ID, err error) {
	for _, x := range []struct {
		name string
		in   wire.Opt[string]
		out  *paceline.ID
	}{{"TemplateId", template, &t}, {"ReleaseId", release, &r}} {
		if !x.in.Has() || x.in.Value == "" {
			continue
		}
		id, ok := paceline.ParseID(x.in.Value)
		if !ok {
			return "", "", paceline.Fail(paceline.CodeFieldInvalid, "name", x.name, "reason", "it is no id")
		}
		*x.out = id
	}
	return t, r, nil
}

func (a *API) templateReleaseDesign(ctx context.Context, c *Call, in *TemplateReleasePath) (out designOut, err error) {
	id, release, err := in.ids()
	if err != nil {
		return out, err
	}
	account, v, err := a.Tenant.DesignRelease(ctx, c.Principal, id, release)
	if err != nil {
		return out, err
	}
	return designOut{AccountId: account.APIID, CycleId: string(v.ID)}, nil
}
