package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/tenant"
)

// releaseFlowOut is the design of a release.
type releaseFlowOut struct {
	Name      string
	Steps     []releaseStepOut
	Edges     []edgeOut
	Variables []variableOut
	Settings  releaseSettingsOut
	// Connectors are in the order of their names.
	Connectors []releasePolicyOut `doc:"The connectors that it uses, and how an install comes by them."`
}

type releasePolicyOut struct {
	Id                 int32
	Name               string
	InstallationPolicy string `enum:"Existing,Fresh" doc:"Existing: the account's own, where it has one. Fresh: each install gets it anew."`
}

// releaseSettingsOut is how the cycles of a release behave as a whole.
type releaseSettingsOut struct {
	StepErrorAction               string `enum:"Ignore,Retry,StopCycle,StopTransaction"`
	LogStepDataRequests           bool
	CollectionSplitType           string `enum:"None,First,All"`
	StepDataSuccessRetentionHours *int
	StepDataErroredRetentionHours *int
	MaxConcurrentTransactions     int
	Serial                        bool
}

// releaseStepOut is a step of a release, with what fills its parameters and fields.
type releaseStepOut struct {
	Step          stepOut
	Connector     *releaseConnectorOut `doc:"null for logic steps."`
	Parameters    []parameterMappingOut
	FieldMappings []fieldMappingOut
}

type releaseConnectorOut struct {
	Name string
	Icon *string `doc:"Data URI."`
}

func (a *API) templateFlow() {
	add(a, Route{ID: "Templates_ReleaseFlow_GET", Method: http.MethodGet, Path: "/templates/{id}/releases/{release}/flow", Tag: templatesTag, Level: Partner, Extension: true,
		IDs:   []IDParam{{In: "path", Name: "release", Owner: "partner"}, {In: "path", Name: "id", Owner: "partner"}},
		Right: tenant.AreaTemplates, RightAs: paceline.ViewRight, Summary: "Get the steps of a release with what fills them, its edges and its variables."}, a.templateReleaseFlow)
}

func (a *API) templateReleaseFlow(ctx context.Context, c *Call, in *TemplateReleasePath) (out releaseFlowOut, err error) {
	id, release, err := in.ids()
	if err != nil {
		return out, err
	}
	f, err := a.Catalog.TemplateReleaseFlow(ctx, c.Principal, id, release)
	if err != nil {
		return out, err
	}
	out = releaseFlowOut{Name: f.Template.Name, Steps: []releaseStepOut{}, Edges: translate(f.Flow.Edges, edgeWire), Variables: translate(f.Flow.Variables, variableWire)}
	s := f.Flow.Settings
	out.Settings = releaseSettingsOut{
		StepErrorAction: string(s.StepErrorAction), LogStepDataRequests: s.LogRequests, CollectionSplitType: string(s.CollectionSplit),
		StepDataSuccessRetentionHours: s.Retention.SuccessHours, StepDataErroredRetentionHours: s.Retention.ErrorHours,
		MaxConcurrentTransactions: s.MaxConcurrent, Serial: s.Serial,
	}
	out.Connectors = translate(f.Connectors, func(x catalog.ReleaseConnector) releasePolicyOut {
		policy := installationPolicies[0]
		if x.Fresh {
			policy = installationPolicies[1]
		}
		return releasePolicyOut{x.ID, x.Name, policy}
	})
	for _, s := range f.Steps {
		w, err := a.stepWire(ctx, c, cycle.Step{Step: s.Step, Release: s.Release})
		if err != nil {
			return out, err
		}
		step := releaseStepOut{
			Step:          w,
			Parameters:    translate(s.Inputs.Parameters, func(m catalog.MappedParameter) parameterMappingOut { return parameterMappingWire(m, s.Inputs) }),
			FieldMappings: translate(s.Inputs.Fields, func(m catalog.MappedField) fieldMappingOut { return fieldMappingWire(m, s.Inputs) }),
		}
		if s.Connector != nil {
			step.Connector = &releaseConnectorOut{Name: s.Connector.Name}
		}
		if s.Release != nil {
			step.Connector = &releaseConnectorOut{Name: s.Release.Name, Icon: s.Release.Icon}
		}
		out.Steps = append(out.Steps, step)
	}
	return out, nil
}
