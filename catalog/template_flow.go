package catalog

import (
	"cmp"
	"context"
	"slices"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// ReleaseFlow is the design of a release to look at: its template, its flow, and what each step asks for.
type ReleaseFlow struct {
	Template paceline.Template
	Flow     paceline.Flow
	Steps    []ReleaseStep
	// Connectors are those that the release uses, by name.
	Connectors []ReleaseConnector
}

// ReleaseConnector is a connector that a release uses.
type ReleaseConnector struct {
	ID    int32
	Name  string
	Fresh bool // every install gets it anew, instead of the account's own
}

// ReleaseStep is one step of a release.
type ReleaseStep struct {
	paceline.Step
	Release *cycle.Release // nil for tools, and for a release that is no longer published
	Inputs  StepInputs
}

// TemplateReleaseFlow returns the design of a release of a template. Errors: NotFound.
func (r *Room) TemplateReleaseFlow(ctx context.Context, p paceline.Principal, template, id paceline.ID) (out ReleaseFlow, err error) {
	if err := mayPublish(p); err != nil {
		return out, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		t, rel, err := releaseOf(tx, p.PartnerScope(), template, id)
		out.Template, out.Flow = t, rel.Flow
		return err
	})
	if err != nil {
		return out, err
	}
	releases, err := r.releases.Pinned(ctx, p.Partner, out.Flow)
	if err != nil {
		return out, err
	}
	out.Flow = cycle.Portable(out.Flow)
	for i := range out.Flow.Steps {
		step := &out.Flow.Steps[i]
		rel := releases.Of(step)
		withoutSecrets(step, rel)
		out.Steps = append(out.Steps, ReleaseStep{Step: *step, Release: rel, Inputs: inputsOf(paceline.Cycle{Flow: out.Flow}, releases, step.ID)})
	}
	for rel := range releases.All() {
		c := ReleaseConnector{ID: rel.ConnectorID, Name: rel.Name, Fresh: slices.Contains(out.Flow.Settings.FreshConnectors, rel.Key.UID)}
		if !slices.Contains(out.Connectors, c) { // steps may have different releases of it
			out.Connectors = append(out.Connectors, c)
		}
	}
	slices.SortFunc(out.Connectors, func(a, b ReleaseConnector) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}
