package storefront

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
)

// Setup is what is still to be done, and what can be changed, of an install.
type Setup struct {
	Install  paceline.ID
	Name     string
	Finished bool
	// Changing says that what ran of it is paused for a change, and runs again afterwards.
	Changing   bool `json:",omitempty"`
	Connectors []Connector
	Cycles     []Part
}

// Part is one cycle of an install with the inputs that are the customer's.
type Part struct {
	Cycle  paceline.ID
	Name   string
	State  string // Running, Finishing, Paused or Stopped
	Groups []Group
}

// Connector is an application that the install uses.
type Connector struct {
	ID            int32
	Name          string
	Application   string
	Icon          string `json:",omitempty"`
	Authenticated bool
	// Shared says that it belongs to the account's parent, and is not to be connected here.
	Shared bool `json:",omitempty"`
}

// Setup returns the connectors of an install in the order of its steps, without those that need nothing of the customer, and
// the inputs that are the customer's. Errors: NotFound.
func (r *Room) Setup(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) (Setup, error) {
	in, cycles, err := r.installed(ctx, p, a, id)
	if err != nil {
		return Setup{}, err
	}
	out := Setup{Install: in.ID, Name: first(in.Name, cycles[0].Name), Finished: in.FinishedAt != 0, Changing: in.ChangingAt != 0}
	for _, view := range cycles {
		for _, use := range view.Connectors {
			c, wanted, err := r.connector(ctx, p, a, use)
			if err != nil {
				return Setup{}, err
			}
			if wanted && !slices.ContainsFunc(out.Connectors, func(have Connector) bool { return have.ID == c.ID }) {
				out.Connectors = append(out.Connectors, c)
			}
		}
		part := Part{Cycle: view.ID, Name: view.Name, State: stateOf(view.State)}
		releases, err := r.releases.Pinned(ctx, a.Partner, view.Flow)
		if err != nil {
			return Setup{}, err
		}
		for _, s := range sections(view.Flow, releases) {
			g := Group{Title: s.title}
			for _, place := range s.places {
				g.Inputs = append(g.Inputs, place.Input)
			}
			part.Groups = append(part.Groups, g)
		}
		out.Cycles = append(out.Cycles, part)
	}
	return out, nil
}

// Uses reports whether one of the install's connectors that are the customer's to connect has the id.
func (s Setup) Uses(id int32) bool {
	return slices.ContainsFunc(s.Connectors, func(c Connector) bool { return c.ID == id && !c.Shared })
}

// missing names an input that is required and empty, "" when there is none.
func (s Setup) missing() string {
	for _, part := range s.Cycles {
		for _, g := range part.Groups {
			for _, in := range g.Inputs {
				if in.Required && in.Value == "" {
					return in.Label
				}
			}
		}
	}
	return ""
}

// connector describes one of a cycle's; false for a utility, and for one that is connected without anybody's help.
func (r *Room) connector(ctx context.Context, p paceline.Principal, a paceline.Account, use cycle.ConnectorUse) (c Connector, wanted bool, err error) {
	if use.AccountConnector == 0 || use.Utility {
		return c, false, nil
	}
	ac, err := r.catalog.AccountConnector(ctx, p, a, use.AccountConnector)
	if err != nil {
		return c, false, err
	}
	c = Connector{ID: ac.ID, Name: ac.Name, Application: use.Name, Icon: text(use.Icon), Authenticated: ac.Authenticated, Shared: ac.ParentAccountID != ""}
	if c.Shared || ac.Native && c.Authenticated {
		return c, !c.Authenticated, nil
	}
	form, err := r.catalog.SetupForm(ctx, p, a, ac.ID)
	if err != nil {
		return c, false, err
	}
	return c, !c.Authenticated || form.Auth != "" || len(form.Properties) > 0, nil
}

// Save writes values of inputs, by their keys: all of a cycle's or none. What is required is not asked for before Finish, so
// that a form can be saved as far as it is. Errors: NotFound, also for a cycle of another install; Conflict while the cycle
// runs; Invalid for an unknown key and a value that its type does not hold.
func (r *Room) Save(ctx context.Context, p paceline.Principal, a paceline.Account, install, id paceline.ID, values map[string]Value) error {
	if err := r.owns(ctx, p, a, install, id); err != nil {
		return err
	}
	for {
		view, err := r.cycles.Get(ctx, p, a, id)
		if err != nil {
			return err
		}
		releases, err := r.releases.Pinned(ctx, a.Partner, view.Flow)
		if err != nil {
			return err
		}
		places := make(map[string]place)
		for _, s := range sections(view.Flow, releases) {
			for _, p := range s.places {
				places[p.Key] = p
			}
		}
		for key, v := range values {
			place, known := places[key]
			if !known {
				return invalid(key, "there is no such input")
			}
			if err := place.check(v); err != nil {
				return err
			}
		}
		_, err = r.cycles.Edit(ctx, p, a, id, "cycle.configured", func(c *paceline.Cycle) error {
			if c.Version != view.Version {
				return errEdited
			}
			for key, v := range values {
				place := places[key]
				place.put(place.at(&c.Flow), v)
			}
			return nil
		})
		if !errors.Is(err, errEdited) {
			return err
		}
	}
}

// owns refuses a cycle that does not belong to an install.
func (r *Room) owns(ctx context.Context, p paceline.Principal, a paceline.Account, install, id paceline.ID) error {
	in, _, err := r.installed(ctx, p, a, install)
	if err == nil && !slices.Contains(in.Cycles, id) {
		err = notFound("Cycle")
	}
	return err
}

// Choice is one entry of a drop-down.
type Choice = catalog.Choice

// errEdited says that the cycle was edited since its inputs were listed.
var errEdited = errors.New("the cycle was edited meanwhile")

// Lookup returns the choices of an input that has some at the vendor, with what is saved of the step's other inputs. Errors:
// NotFound; those of the call.
func (r *Room) Lookup(ctx context.Context, p paceline.Principal, a paceline.Account, install, id paceline.ID, key, search string) ([]Choice, error) {
	if err := r.owns(ctx, p, a, install, id); err != nil {
		return nil, err
	}
	kind, rest, _ := strings.Cut(key, ":")
	step, number, _ := strings.Cut(rest, ":")
	element, err := strconv.ParseInt(number, 10, 32)
	if err != nil || kind != ofParameter && kind != ofField {
		return nil, notFound("Input")
	}
	view, err := r.cycles.Get(ctx, p, a, id)
	if err != nil {
		return nil, err
	}
	releases, err := r.releases.Pinned(ctx, a.Partner, view.Flow)
	if err != nil {
		return nil, err
	}
	for _, s := range sections(view.Flow, releases) {
		for _, place := range s.places {
			if place.Key == key && place.Lookup {
				return r.catalog.RunStepLookup(ctx, p, a, paceline.ID(step), int32(element), kind == ofField,
					func() (catalog.LookupInput, error) { return catalog.LookupInput{Search: search}, nil })
			}
		}
	}
	return nil, notFound("Input")
}

// stateOf is what a customer is told of a cycle: never a code.
func stateOf(state paceline.CycleState) string {
	switch state {
	case paceline.CycleActive, paceline.CycleActivating:
		return "Running"
	case paceline.CycleFinishing:
		return "Finishing"
	case paceline.CyclePaused:
		return "Paused"
	}
	return "Stopped"
}
