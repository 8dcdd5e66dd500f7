package api

import (
	"context"
	"math"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/server/api/wire"
	"paceline/store"
	"paceline/tenant"
)

const templatesTag = "Templates"

// maxImport caps an imported file, in bytes.
const maxImport = 32 << 20

type TemplatePath struct {
	ID string `path:"id" format:"uuid" doc:"Template."`
}

type TemplateShowInput struct {
	IncludeIcons         bool   `query:"includeIcons" doc:"Put data URIs into Connectors[].Icon."`
	IncludePrerequisites bool   `query:"includePrerequisites" doc:"List the steps and variables that need input."`
	IncludeOptional      bool   `query:"includeOptional" doc:"With includePrerequisites: optional inputs, too."`
	LookupCustomFields   string `query:"lookupCustomFields" enum:"true,false" doc:"Accepted; templates have no custom fields of an account."`
}

type templateListInput struct {
	PageInput
	TemplateShowInput
	Search           string `query:"search" doc:"Extension: a part of name or description, in any letter case." maxLength:"200"`
	Tag              string `query:"tag" doc:"Only templates with the tag; letter case counts."`
	ConnectorName    string `query:"connectorName"`
	ConnectorVersion string `query:"connectorVersion" doc:"Version of the vendor's API."`
	FolderID         string `query:"folderid" doc:"Extension: only templates that lie in this folder itself."`
}

type templateGetInput struct {
	TemplatePath
	TemplateShowInput
}

type templateImportInput struct {
	FolderID   string `query:"folderid" doc:"Folder of the template library."`
	TemplateID string `query:"templateid" doc:"Extension: import as a new draft release of this template."`
	Body       *wire.Body[map[string]any]
}

type templateInstallInput struct {
	TemplatePath
	EnsureQuery
	IncludeIcons bool `query:"includeIcons" doc:"Put data URIs into Connectors[].Icon."`
	Body         *wire.Body[TemplateInstallIn]
}

type TemplateInstallIn struct {
	Name              wire.Opt[string] `doc:"Of the cycle; default: the template's name."`
	Description       wire.Opt[string]
	Tags              wire.Opt[[]string]
	AccountConnectors []connectorChoiceIn `doc:"Which installed connectors to use; others follow the rules of installs."`
	Variables         []variableValueIn

	Steps                    []stepValuesIn    `doc:"Values for what the template leaves to the installer."`
	ConnectorAuthentications []connectorAuthIn `doc:"Connectors to install with a credential, or to give a new one, in the same change."`
}

type stepValuesIn struct {
	Id            wire.Opt[string] `doc:"Step of the template, as the template or its exported file names it."`
	Parameters    []parameterValueIn
	FieldMappings []fieldValueIn
}

type refIn struct {
	Id wire.Opt[int]
}

type parameterValueIn struct {
	Parameter wire.Opt[refIn] `doc:"As a template with includePrerequisites shows it."`
	MappingIn
}

type fieldValueIn struct {
	Field wire.Opt[refIn] `doc:"As a template with includePrerequisites shows it."`
	MappingIn
}

type connectorChoiceIn struct {
	ConnectorId        wire.Opt[int]
	Name               wire.Opt[string] `doc:"Name of the connector, instead of its id."`
	Version            wire.Opt[string]
	AccountConnectorId wire.Opt[int]
}

type variableValueIn struct {
	SystemName wire.Opt[string] `alias:"DisplayName"`
	Value      wire.Opt[string]
}

func (a *API) templates() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "partner"}}
	add(a, Route{ID: "Templates_All_GET", Method: http.MethodGet, Path: "/templates", Tag: templatesTag, Level: Optional, Right: tenant.AreaTemplates, RightAs: paceline.ViewRight,
		Summary: "List the published templates with a live release."}, a.templateList)
	add(a, Route{ID: "Templates_Get_GET", Method: http.MethodGet, Path: "/templates/{id}", Tag: templatesTag, Level: Optional, IDs: owned,
		Right: tenant.AreaTemplates, RightAs: paceline.ViewRight, Summary: "Get one template."}, a.templateGet)
	addRaw(a, Route{ID: "Templates_Export_GET", Method: http.MethodGet, Path: "/templates/{id}/export", Tag: templatesTag, Level: Optional, IDs: owned,
		Right: tenant.AreaExchange, RightAs: paceline.ViewRight, Summary: "Export the live release with the connector releases that it uses. No secrets, properties or webhook keys."}, a.templateExport)
	add(a, Route{ID: "Templates_Import_POST", Method: http.MethodPost, Path: "/templates/import", Tag: templatesTag, Level: Partner, MaxBody: maxImport,
		Right: tenant.AreaExchange, RightAs: paceline.EditRight,
		IDs:     []IDParam{{In: "query", Name: "folderid", Owner: "partner"}, {In: "query", Name: "templateid", Owner: "partner"}},
		Summary: "Make a template of an exported file, sent as JSON or uploaded as a form with one file."}, a.templateImport)
	add(a, Route{ID: "Templates_Install_POST", Method: http.MethodPost, Path: "/templates/{id}/install", Tag: templatesTag, Level: Account,
		IDs:     []IDParam{{In: "path", Name: "id", Owner: "partner"}, {In: "body", Name: "AccountConnectorId", Owner: "account"}},
		Summary: "Install the live release into the account as a paused cycle; missing connectors come along."}, a.templateInstall)
}

func (in TemplateShowInput) options() catalog.TemplateOptions {
	return catalog.TemplateOptions{Prerequisites: in.IncludePrerequisites, Optional: in.IncludeOptional}
}

func (a *API) templateList(ctx context.Context, c *Call, in *templateListInput) ([]templateOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	filter := store.TemplateFilter{Text: in.Search, Tag: in.Tag, ConnectorName: in.ConnectorName, ConnectorVersion: in.ConnectorVersion}
	if in.FolderID != "" {
		if filter.Folder, err = guid(in.FolderID); err != nil {
			return nil, err
		}
	}
	l, err := a.Catalog.Templates(ctx, c.Principal, filter, in.options(), page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(t catalog.Template) templateOut { return templateWire(t, in.IncludeIcons) }), nil
}

func (a *API) templateGet(ctx context.Context, c *Call, in *templateGetInput) (out templateOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	o := in.options()
	o.Prerequisites = true // whoever asks for one template wants to set it up
	t, err := a.Catalog.Template(ctx, c.Principal, id, o)
	if err != nil {
		return out, err
	}
	return templateWire(t, in.IncludeIcons), nil
}

func (a *API) templateExport(ctx context.Context, c *Call, in *TemplatePath) ([]byte, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	return a.Catalog.ExportTemplate(ctx, c.Principal, id)
}

func (a *API) templateImport(ctx context.Context, c *Call, in *templateImportInput) (out templateOut, err error) {
	how := catalog.TemplateImport{Document: uploaded(in.Body.Raw()), Folder: in.FolderID}
	if in.TemplateID != "" {
		if how.Template, err = guid(in.TemplateID); err != nil {
			return out, err
		}
	}
	t, err := a.Catalog.ImportTemplate(ctx, c.Principal, how)
	if err != nil {
		return out, err
	}
	return templateWire(t, false), nil
}

func (a *API) templateInstall(ctx context.Context, c *Call, in *templateInstallInput) (out cycleOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		if _, missing := a.Catalog.Template(ctx, c.Principal, id, catalog.TemplateOptions{}); missing != nil {
			return out, missing
		}
		return out, err
	}
	input, err := body.install()
	if err != nil {
		return out, err
	}
	if input.Ensure, err = in.ensure(); err != nil {
		return out, err
	}
	v, err := a.Catalog.InstallTemplate(ctx, c.Principal, c.Account, id, input)
	if err != nil {
		return out, err
	}
	return cycleWire(v, in.IncludeIcons), nil
}

func (in TemplateInstallIn) install() (out catalog.TemplateInstall, err error) {
	out = catalog.TemplateInstall{
		Name: given(in.Name), Description: in.Description.Ptr(), Tags: in.Tags.Ptr(),
		AccountConnectors: translate(in.AccountConnectors, func(c connectorChoiceIn) catalog.ConnectorChoice {
			return catalog.ConnectorChoice{ConnectorID: numberOf(c.ConnectorId.Value), Name: c.Name.Value, Version: c.Version.Value, AccountConnector: numberOf(c.AccountConnectorId.Value)}
		}),
		Variables: translate(in.Variables, func(v variableValueIn) catalog.VariableValue {
			return catalog.VariableValue{SystemName: v.SystemName.Value, Value: v.Value.Ptr()}
		}),
	}
	if out.Connectors, err = connectorOrders(in.ConnectorAuthentications, "ConnectorAuthentications"); err != nil {
		return out, err
	}
	for i := range out.Connectors {
		out.Connectors[i].Renew = true
	}
	for i, s := range in.Steps {
		id, ok := paceline.ParseID(s.Id.Or(""))
		if !ok {
			return out, missing("Steps", i, "Id")
		}
		values := catalog.StepValues{Step: id}
		for _, p := range s.Parameters {
			if values.Parameters, err = addValue(values.Parameters, p.Parameter, p.MappingIn); err != nil {
				return out, err
			}
		}
		for _, f := range s.FieldMappings {
			if values.Fields, err = addValue(values.Fields, f.Field, f.MappingIn); err != nil {
				return out, err
			}
		}
		out.Steps = append(out.Steps, values)
	}
	return out, nil
}

func addValue(list []catalog.ValueOf, ref wire.Opt[refIn], in MappingIn) ([]catalog.ValueOf, error) {
	id := ref.Value.Id.Value
	if id <= 0 || id > math.MaxInt32 {
		return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "Steps", "reason", "a value names neither a parameter nor a field by its Id")
	}
	input, err := in.input()
	return append(list, catalog.ValueOf{ID: int32(id), MappingInput: input}), err
}

func templateWire(t catalog.Template, icons bool) templateOut {
	out := templateOut{Name: t.Name, Description: t.Description, Id: string(t.ID), Tags: wire.List(t.Tags), FolderId: textPtr(string(t.Folder)), ImportNotes: t.Notes}
	out.Connectors = translate(t.Connectors, func(u cycle.ConnectorUse) templateConnectorOut {
		w := templateConnectorOut{Id: u.ConnectorID, Name: u.Name, Version: textPtr(u.APIVersion), StepCount: u.Steps, IsSystemConnector: u.Utility}
		if icons {
			w.Icon = u.Icon
		}
		return w
	})
	if t.Steps != nil { // asked for: empty lists, too
		out.Steps, out.Variables = translate(t.Steps, templateStepWire), translate(t.Variables, variableWire)
	}
	return out
}

func templateStepWire(s catalog.TemplateStep) templateStepOut {
	inputs := catalog.StepInputs{SourceField: s.SourceField}
	out := templateStepOut{
		Id: string(s.ID), Name: s.Name, Description: s.Description, ActionType: s.Kind.String(),
		Parameters:    translate(s.Parameters, func(m catalog.MappedParameter) parameterMappingOut { return parameterMappingWire(m, inputs) }),
		FieldMappings: translate(s.Fields, func(m catalog.MappedField) fieldMappingOut { return fieldMappingWire(m, inputs) }),
	}
	if s.Release != nil {
		out.AccountConnector = &templateStepConnectorOut{s.Release.Name, textPtr(s.Release.APIVersion), s.Release.ConnectorID}
	}
	return out
}

func variableWire(v paceline.Variable) variableOut {
	return variableOut{DisplayName: v.DisplayName, SystemName: v.SystemName, Value: v.Value, MappingType: textPtr(string(v.Type)), Description: v.Description,
		Values: wire.List(v.Values), IsLaunchVisible: v.UserConfigurable, TriggerValue: v.LookupValue, TriggerValueDisplayName: v.LookupDisplay}
}
