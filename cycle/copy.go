package cycle

import (
	"crypto/sha256"
	"strings"
	"time"

	"paceline"
)

// Lineage is the identity of a step over all copies: the id of the template step that it goes back to.
func Lineage(step paceline.Step) paceline.ID {
	if step.Origin != "" {
		return step.Origin
	}
	return step.ID
}

// Copy returns the flow with new ids for its steps and edges, and says which step became which. Each
// step keeps its lineage as Origin, on which upgrades match; mappings follow their steps.
func Copy(flow paceline.Flow, now time.Time) (out paceline.Flow, ids map[paceline.ID]paceline.ID) {
	ids = make(map[paceline.ID]paceline.ID, len(flow.Steps))
	for _, step := range flow.Steps {
		ids[step.ID] = paceline.NewID(now)
	}
	out = renumber(flow, ids, func(paceline.Edge) paceline.ID { return paceline.NewID(now) })
	for i := range out.Steps {
		out.Steps[i].Origin = Lineage(flow.Steps[i])
	}
	return out, ids
}

// Portable returns the flow as a file carries it: steps named by their lineage, so that the same design
// gives the same file on every installation, and nothing that belongs to an account.
func Portable(flow paceline.Flow) paceline.Flow {
	ids := make(map[paceline.ID]paceline.ID, len(flow.Steps))
	used := make(map[paceline.ID]bool, len(flow.Steps))
	for _, step := range flow.Steps {
		id := Lineage(step)
		if used[id] {
			id = step.ID // a step that was copied within its flow
		}
		ids[step.ID], used[id] = id, true
	}
	out := renumber(flow, ids, func(e paceline.Edge) paceline.ID {
		return nameOf(string(e.Tail), string(e.Head), string(e.Type))
	})
	for i := range out.Steps {
		// The keys of webhooks belong to an account, as its credentials do.
		out.Steps[i].Origin, out.Steps[i].AccountConnector, out.Steps[i].WebhookKey = "", 0, nil
		unlink(&out.Steps[i])
	}
	out.Settings.ForgetStart()
	return out
}

// unlink takes from a link the cycle of this account that it leads to.
func unlink(step *paceline.Step) {
	if step.Connector == nil || step.Connector.Key != paceline.LinkConnector {
		return
	}
	for i := range step.Params {
		if p := &step.Params[i]; p.Key == paceline.LinkCycle && p.Type != paceline.MapStepField {
			p.Mapping = paceline.Mapping{UserConfigurable: p.UserConfigurable}
		}
	}
}

// Blank removes the values that the installing customer is to set (D-25).
func Blank(flow paceline.Flow) paceline.Flow {
	out := flow.Clone()
	eachMapping(&out, func(m *paceline.Mapping) {
		if m.UserConfigurable {
			*m = paceline.Mapping{UserConfigurable: true}
		}
	})
	for i := range out.Variables {
		if v := &out.Variables[i]; v.UserConfigurable {
			v.Type = paceline.MapStatic // a variable has no other source
		}
	}
	return out
}

// renumber replaces step ids wherever they stand: steps, edges, mappings, decisions and merge fields.
// edgeID sees the edge with its new ends.
func renumber(flow paceline.Flow, ids map[paceline.ID]paceline.ID, edgeID func(paceline.Edge) paceline.ID) paceline.Flow {
	out := flow.Clone()
	pairs := make([]string, 0, 2*len(ids))
	for from, to := range ids {
		pairs = append(pairs, string(from), string(to))
	}
	texts := strings.NewReplacer(pairs...)
	swap := func(id *paceline.ID) {
		if to, known := ids[*id]; known {
			*id = to
		}
	}
	for i := range out.Steps {
		swap(&out.Steps[i].ID)
		eachDecision(&out.Steps[i], func(d *paceline.Decision) { swap(&d.LeftStep) })
		for j := range out.Steps[i].Keys {
			swap(&out.Steps[i].Keys[j].Step)
		}
		if k := out.Steps[i].WebhookKey; k != nil {
			swap(&k.SourceStep)
		}
	}
	for i := range out.Edges {
		e := &out.Edges[i]
		swap(&e.Tail)
		swap(&e.Head)
		e.ID = edgeID(*e)
	}
	eachMapping(&out, func(m *paceline.Mapping) {
		swap(&m.SourceStep)
		if m.Value != nil {
			text := texts.Replace(*m.Value)
			m.Value = &text
		}
	})
	return out
}

// eachDecision visits the comparison of a decision, and those of a switch's cases.
func eachDecision(step *paceline.Step, f func(*paceline.Decision)) {
	if step.Decision != nil {
		f(step.Decision)
	}
	if step.Switch != nil {
		for i := range step.Switch.Cases {
			f(&step.Switch.Cases[i].Decision)
		}
	}
}

func eachMapping(flow *paceline.Flow, f func(*paceline.Mapping)) {
	for i := range flow.Steps {
		step := &flow.Steps[i]
		for j := range step.Params {
			f(&step.Params[j].Mapping)
		}
		for j := range step.Fields {
			f(&step.Fields[j].Mapping)
		}
		eachDecision(step, func(d *paceline.Decision) { f(&d.Right) })
		if step.WaitUntil != nil {
			f(step.WaitUntil)
		}
	}
	for i := range flow.Variables {
		f(&flow.Variables[i].Mapping)
	}
}

// nameOf returns a UUID (version 8) that is the same for the same parts everywhere.
func nameOf(parts ...string) paceline.ID {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	b := [16]byte(sum[:16])
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return paceline.FormatID(b)
}
