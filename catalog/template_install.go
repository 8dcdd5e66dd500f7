package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// TemplateInstall is what an install may say; zero values leave it to the template.
type TemplateInstall struct {
	Name        *string // of the cycle; default: the template's
	Description *string
	Tags        *[]string
	// AccountConnectors choose, per connector, which installed one is used.
	AccountConnectors []ConnectorChoice
	// Connectors are installed, or given new values, before the template looks for those that it needs.
	Connectors []ConnectorOrder
	// Steps and Variables give values that the template leaves to the installer.
	Steps     []StepValues
	Variables []VariableValue
	// Ensure takes the account's oldest cycle of the template, and of that Name, instead of making another. Without a Name
	// one with the template's comes before others.
	Ensure bool
	// Propose keeps the values that the template gives to what the installer is to set, for a form to show.
	Propose bool
}

// ConnectorChoice chooses an account connector for a connector, named by id or by name and version.
type ConnectorChoice struct {
	ConnectorID      int32
	Name, Version    string
	AccountConnector int32
}

// StepValues are mappings for one step of the template.
type StepValues struct {
	Step               paceline.ID // in the template
	Parameters, Fields []ValueOf
}

// ValueOf is a mapping for the parameter or request field with an id. A step that it names is one of the template.
type ValueOf struct {
	ID int32
	MappingInput
}

// VariableValue is a value for one variable of the template.
type VariableValue struct {
	SystemName string
	Value      *string
}

// InstallTemplate copies the live release of a published template into an account as a paused cycle, with
// new step ids. Each connector is the one that the call names, else the account's own (authenticated
// first, then the oldest), else its parent's, else newly installed from the release that the template is
// pinned to (D-24); what the installer is to set is blank unless the call takes what the template proposes (D-25). Each call makes another cycle. Errors:
// NotFound for the template and for a chosen account connector; Invalid.
func (r *Room) InstallTemplate(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, in TemplateInstall) (cycle.View, error) {
	if err := may(p, a); err != nil {
		return cycle.View{}, err
	}
	for {
		ready, err := r.prepareTemplate(ctx, p, a, id, in)
		if err != nil {
			return cycle.View{}, err
		}
		installs, err := r.Prepare(ctx, p, a, Orders{Connectors: in.Connectors})
		if err != nil {
			return cycle.View{}, err
		}
		err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
			if err := installs.Run(tx, p, a); err != nil {
				return err
			}
			return ready.run(tx, p, a)
		})
		if err == nil {
			if _, err = installs.Done(ctx, p, a); err != nil {
				return cycle.View{}, err
			}
			return r.cycles.View(ctx, a, ready.cycle)
		}
		if !errors.Is(err, ErrStale) {
			return cycle.View{}, err
		}
	}
}

// readyTemplate is an install of a template of which all is done that takes time.
type readyTemplate struct {
	room     *Room
	in       TemplateInstall
	template paceline.Template
	release  paceline.ID
	releases cycle.Pinned
	made     paceline.Cycle

	cycle paceline.Cycle // after run
}

func (r *Room) prepareTemplate(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, in TemplateInstall) (*readyTemplate, error) {
	t, rel, err := r.live(ctx, p, id)
	if err != nil {
		return nil, err
	}
	releases, err := r.releases.Pinned(ctx, p.Partner, rel.Flow)
	if err != nil {
		return nil, err
	}
	made, err := r.cycleOf(a, t, rel, releases, in)
	return &readyTemplate{room: r, in: in, template: t, release: rel.ID, releases: releases, made: made}, err
}

// run stores the cycle, or finds with Ensure the one that is there. It answers ErrStale when another release is live
// meanwhile.
func (t *readyTemplate) run(tx *store.Tx, p paceline.Principal, a paceline.Account) error {
	c := t.made
	c.Flow = t.made.Flow.Clone()
	_, now, err := liveRelease(tx, p.PartnerScope(), t.template.ID)
	if err != nil {
		return err
	}
	if now.ID != t.release {
		return ErrStale
	}
	if t.in.Ensure {
		have, found, err := tx.CycleOfTemplate(a.Scope(), t.template.ID, c.Name)
		if err == nil && !found && t.in.name() == "" {
			have, found, err = tx.CycleOfTemplate(a.Scope(), t.template.ID, "")
		}
		if err != nil || found {
			t.cycle = have
			return err
		}
	}
	if err := t.room.connect(tx, p, a, &c, t.releases, t.in.AccountConnectors); err != nil {
		return err
	}
	if err := cycle.Insert(tx, p, &c, "template "+t.template.Name); err != nil {
		return err
	}
	t.cycle = c
	return nil
}

// cycleOf makes the cycle of a template, without account connectors.
func (r *Room) cycleOf(a paceline.Account, t paceline.Template, rel paceline.TemplateRelease, releases cycle.Pinned, in TemplateInstall) (paceline.Cycle, error) {
	now := r.clock.Now()
	c := cycle.NewCycle(a)
	c.ID, c.Name, c.Description, c.Tags = paceline.NewID(now), t.Name, t.Description, t.Tags
	c.Template, c.TemplateRelease = t.ID, rel.ID
	c.Name = first(in.name(), c.Name)
	if in.Description != nil {
		c.Description = text(*in.Description)
	}
	if in.Tags != nil {
		c.Tags = *in.Tags
	}
	if err := cycle.CheckTexts(c.Name, c.Description, c.Tags); err != nil {
		return c, err
	}
	from := rel.Flow
	if !in.Propose {
		from = cycle.Blank(from)
	}
	flow, ids := cycle.Copy(from, now)
	c.Flow = flow
	c.Flow.Settings.ForgetStart()
	return c, in.fill(&c.Flow, ids, rel.Flow, releases)
}

// name is the name that the call gives the cycle, "" for none.
func (in TemplateInstall) name() string {
	if in.Name == nil {
		return ""
	}
	return strings.TrimSpace(*in.Name)
}

// fill writes the values of the call into the copied flow. ids are the copies' by the template's, whose flow is from.
func (in TemplateInstall) fill(flow *paceline.Flow, ids map[paceline.ID]paceline.ID, from paceline.Flow, releases cycle.Pinned) error {
	for _, values := range in.Steps {
		original := stepOf(from, values.Step)
		if original == nil {
			return invalid("Steps", "the template has no step "+string(values.Step))
		}
		step, _ := flow.Step(ids[original.ID])
		var params []MappedParameter
		var fields []MappedField
		if rel := releases.Of(original); rel != nil {
			params, fields = MappingsOf(*step, rel)
		}
		for _, v := range values.Parameters {
			i := slices.IndexFunc(params, func(m MappedParameter) bool { return m.ID == v.ID })
			if i < 0 {
				return invalid("Steps", "step "+step.Name+" has no parameter "+idText(v.ID))
			}
			to := paceline.ParamMapping{Key: params[i].Key, Mapping: params[i].Mapping}
			if err := v.into(&to.Mapping, ids, from, releases); err != nil {
				return err
			}
			step.Params = putMapping(step.Params, to, func(have paceline.ParamMapping) bool { return have.Key == to.Key },
				func(have *paceline.ParamMapping) *paceline.Mapping { return &have.Mapping }, to.Mapping)
		}
		for _, v := range values.Fields {
			i := slices.IndexFunc(fields, func(m MappedField) bool { return m.ID == v.ID })
			if i < 0 {
				return invalid("Steps", "step "+step.Name+" has no request field "+idText(v.ID))
			}
			to := paceline.FieldMapping{Location: fields[i].Location, Mapping: fields[i].Mapping}
			if err := v.into(&to.Mapping, ids, from, releases); err != nil {
				return err
			}
			step.Fields = putMapping(step.Fields, to, func(have paceline.FieldMapping) bool { return have.Location == to.Location },
				func(have *paceline.FieldMapping) *paceline.Mapping { return &have.Mapping }, to.Mapping)
		}
	}
	for _, value := range in.Variables {
		found := false
		for i := range flow.Variables {
			if flow.Variables[i].SystemName == value.SystemName {
				flow.Variables[i].Value, found = value.Value, true
			}
		}
		if !found {
			return invalid("Variables", "the template has no variable "+value.SystemName)
		}
	}
	return nil
}

// stepOf finds a step of a template by its id, or by the one that it has in every release and in files.
func stepOf(from paceline.Flow, id paceline.ID) *paceline.Step {
	for i := range from.Steps {
		if from.Steps[i].ID == id || cycle.Lineage(from.Steps[i]) == id {
			return &from.Steps[i]
		}
	}
	return nil
}

// into changes a mapping of the copied flow. What the input says of a source is of the template.
func (v ValueOf) into(m *paceline.Mapping, ids map[paceline.ID]paceline.ID, from paceline.Flow, releases cycle.Pinned) error {
	if v.SourceStep != nil {
		if source := stepOf(from, *v.SourceStep); source != nil {
			v.SourceStep = &source.ID
		}
	}
	in, err := v.located(from, releases, *m)
	if err != nil {
		return err
	}
	if in.SourceStep != nil {
		copied := renamed(ids, *in.SourceStep)
		in.SourceStep = &copied
	}
	return in.apply(m)
}

func renamed(ids map[paceline.ID]paceline.ID, id paceline.ID) paceline.ID {
	if to, known := ids[id]; known {
		return to
	}
	return id
}

// putMapping replaces the mapping of the same parameter or field, which stays user configurable if it
// was, or adds one.
func putMapping[T any](list []T, add T, same func(T) bool, at func(*T) *paceline.Mapping, m paceline.Mapping) []T {
	for i := range list {
		if same(list[i]) {
			m.UserConfigurable = m.UserConfigurable || at(&list[i]).UserConfigurable
			*at(&list[i]) = m
			return list
		}
	}
	return append(list, add)
}

// connect gives each step of the flow that has none its account connector, installing what is missing.
func (r *Room) connect(tx *store.Tx, p paceline.Principal, a paceline.Account, c *paceline.Cycle, releases cycle.Pinned, choices []ConnectorChoice) error {
	chosen := make(map[paceline.ID]int32)
	used := make([]bool, len(choices))
	for i := range c.Flow.Steps {
		step := &c.Flow.Steps[i]
		rel := releases.Of(step)
		if step.Connector == nil || rel == nil || step.AccountConnector != 0 {
			continue
		}
		id, known := chosen[step.Connector.UID]
		if !known {
			var err error
			if id, err = r.choose(tx, p, a, c.Flow, newest(c.Flow, releases, rel), choices, used); err != nil {
				return err
			}
			chosen[step.Connector.UID] = id
		}
		step.AccountConnector = id
	}
	for i, choice := range choices {
		if !used[i] {
			return invalid("AccountConnectors", "the template does not use the connector "+first(choice.Name, idText(choice.ConnectorID)))
		}
	}
	return nil
}

// choose finds or installs the account connector for one connector of a template.
func (r *Room) choose(tx *store.Tx, p paceline.Principal, a paceline.Account, flow paceline.Flow, rel *cycle.Release, choices []ConnectorChoice, used []bool) (int32, error) {
	for i, choice := range choices {
		if !choice.matches(rel) {
			continue
		}
		used[i] = true
		ac, found, err := tx.AccountConnector(a, choice.AccountConnector)
		if err != nil || !found || ac.Release.UID != rel.Key.UID {
			return 0, orNotFound(err, "Account connector")
		}
		return ac.ID, nil
	}
	fresh := false
	for _, uid := range flow.Settings.FreshConnectors {
		fresh = fresh || uid == rel.Key.UID
	}
	if !fresh {
		have, err := tx.AccountConnectorsOf(a, rel.Key.UID)
		if err != nil {
			return 0, err
		}
		if len(have) > 0 {
			return have[0].ID, nil
		}
	}
	if err := mayInstall(tx, a, rel); err != nil {
		return 0, err
	}
	ac := r.newAccountConnector(a, rel)
	err := insertAccountConnector(tx, p, a, &ac, true)
	return ac.ID, err
}

func (c ConnectorChoice) matches(rel *cycle.Release) bool {
	if c.ConnectorID != 0 {
		return c.ConnectorID == rel.ConnectorID
	}
	return store.Fold(c.Name) == store.Fold(rel.Name) && (c.Version == "" || strings.EqualFold(c.Version, rel.APIVersion))
}

// newest returns the highest release of rel's connector that the flow is pinned to.
func newest(flow paceline.Flow, releases cycle.Pinned, rel *cycle.Release) *cycle.Release {
	for i := range flow.Steps {
		other := releases.Of(&flow.Steps[i])
		if other != nil && other.Key.UID == rel.Key.UID && newer(other.Key.Version, rel.Key.Version) {
			rel = other
		}
	}
	return rel
}
