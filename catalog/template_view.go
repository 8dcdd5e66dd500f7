package catalog

import (
	"context"
	"slices"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// Template is a published template with its live release.
type Template struct {
	paceline.Template
	Release    paceline.TemplateRelease
	Connectors []cycle.ConnectorUse
	// Steps and Variables are what an installer has to set, when it was asked for.
	Steps     []TemplateStep
	Variables []paceline.Variable
	// Notes say, after an import, what the file could not carry and what was not understood of it.
	Notes []string
}

// TemplateStep is a step that needs input, with the inputs that do.
type TemplateStep struct {
	paceline.Step
	Release    *cycle.Release // nil for tools
	Parameters []MappedParameter
	Fields     []MappedField
	// SourceField is as that of StepInputs.
	SourceField func(paceline.Mapping) int32
}

// MappedParameter is a parameter with the mapping that fills it.
type MappedParameter struct {
	Parameter
	Mapping paceline.Mapping
}

// MappedField is a request field with the mapping that fills it.
type MappedField struct {
	Field
	Mapping paceline.Mapping
}

// TemplateOptions say what a template is shown with.
type TemplateOptions struct {
	Prerequisites bool
	Optional      bool // also optional inputs
}

// Templates returns a page of the published templates that have a live release.
func (r *Room) Templates(ctx context.Context, p paceline.Principal, f store.TemplateFilter, o TemplateOptions, page paceline.Page) (paceline.List[Template], error) {
	var out paceline.List[Template]
	if err := mayRead(p); err != nil {
		return out, err
	}
	var rows paceline.List[store.LiveTemplate]
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.LiveTemplates(p.PartnerScope(), f, page)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Total, out.Next = rows.Total, rows.Next
	for _, row := range rows.Items {
		t, err := r.describe(ctx, row.Template, row.Release, o)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, t)
	}
	return out, nil
}

// Template returns a published template with a live release. Errors: NotFound.
func (r *Room) Template(ctx context.Context, p paceline.Principal, id paceline.ID, o TemplateOptions) (Template, error) {
	t, rel, err := r.live(ctx, p, id)
	if err != nil {
		return Template{}, err
	}
	return r.describe(ctx, t, rel, o)
}

// live reads a published template and its live release. Errors: NotFound.
func (r *Room) live(ctx context.Context, p paceline.Principal, id paceline.ID) (t paceline.Template, rel paceline.TemplateRelease, err error) {
	if err := mayRead(p); err != nil {
		return t, rel, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		t, rel, err = liveRelease(tx, p.PartnerScope(), id)
		return err
	})
	return t, rel, err
}

func liveRelease(tx *store.Tx, scope paceline.Scope, id paceline.ID) (t paceline.Template, rel paceline.TemplateRelease, err error) {
	t, found, err := tx.Template(scope, id)
	if err != nil || !found || !t.Published {
		return t, rel, orNotFound(err, "Template")
	}
	if rel, found, err = tx.LiveRelease(scope, id); err != nil || !found {
		return t, rel, orNotFound(err, "Template")
	}
	return t, rel, nil
}

func (r *Room) describe(ctx context.Context, t paceline.Template, rel paceline.TemplateRelease, o TemplateOptions) (Template, error) {
	releases, err := r.releases.Pinned(ctx, t.Partner, rel.Flow)
	if err != nil {
		return Template{}, err
	}
	out := Template{Template: t, Release: rel, Connectors: cycle.Uses(rel.Flow, releases)}
	if !o.Prerequisites {
		return out, nil
	}
	out.Steps, out.Variables = []TemplateStep{}, []paceline.Variable{}
	for i := range rel.Flow.Steps {
		if step, needs := templateStep(&rel.Flow.Steps[i], releases, o); needs {
			step.SourceField = func(m paceline.Mapping) int32 { return SourceFieldID(rel.Flow, releases, m) }
			out.Steps = append(out.Steps, step)
		}
	}
	for _, v := range rel.Flow.Variables {
		if v.UserConfigurable || o.Optional {
			out.Variables = append(out.Variables, v)
		}
	}
	return out, nil
}

// templateStep lists what an installer has to set in a step, and whether there is anything.
func templateStep(step *paceline.Step, releases cycle.Pinned, o TemplateOptions) (out TemplateStep, needs bool) {
	out = TemplateStep{Step: *step, Release: releases.Of(step)}
	switch step.Kind {
	case paceline.StepDecision:
		return out, step.Decision == nil || step.Decision.Right.UserConfigurable
	case paceline.StepSwitch:
		return out, step.Switch == nil || slices.ContainsFunc(step.Switch.Cases, func(c paceline.Case) bool { return c.Right.UserConfigurable })
	case paceline.StepDelay:
		return out, step.Delay == nil
	case paceline.StepWaitUntil:
		return out, step.WaitUntil == nil || step.WaitUntil.UserConfigurable
	}
	if out.Release == nil {
		return out, false
	}
	params, fields := MappingsOf(*step, out.Release)
	for _, m := range params {
		if wanted(m.Mapping, m.Optional, o) {
			out.Parameters = append(out.Parameters, m)
		}
	}
	for _, m := range fields {
		if wanted(m.Mapping, m.Optional, o) {
			out.Fields = append(out.Fields, m)
		}
	}
	return out, len(out.Parameters)+len(out.Fields) > 0
}

func wanted(m paceline.Mapping, optional bool, o TemplateOptions) bool {
	return m.UserConfigurable || !m.Set() && (!optional || o.Optional)
}

// MappingsOf joins the parameters and request fields of a step's method with the step's mappings.
func MappingsOf(step paceline.Step, rel *cycle.Release) (params []MappedParameter, fields []MappedField) {
	method, found := MethodOf(rel, step.Method)
	if !found {
		return nil, nil
	}
	for _, p := range method.Parameters {
		m := MappedParameter{Parameter: p}
		for _, set := range step.Params {
			if set.Key == p.Key {
				m.Mapping = set.Mapping
			}
		}
		params = append(params, m)
	}
	for _, f := range method.RequestFields {
		m := MappedField{Field: f}
		for _, set := range step.Fields {
			if set.Location == f.Location {
				m.Mapping = set.Mapping
			}
		}
		fields = append(fields, m)
	}
	return params, fields
}
