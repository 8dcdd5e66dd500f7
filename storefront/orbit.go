package storefront

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
	"paceline/tenant"
)

// Installed is an integration as ORBIT lists it: an install of an embedded page, or a cycle that came some other way.
type Installed struct {
	ID           paceline.ID // of the install, else of the cycle
	Name         string
	Description  string        `json:",omitempty"`
	State        string        // Running, Finishing, Paused, Stopped, or Unfinished
	Applications []Application `json:",omitempty"`
	// Install says that it can be configured: its ID is that of an install.
	Install bool
	Card    string `json:",omitempty"` // of the marketplace's package

	SignIn []string        `json:",omitempty"` // applications that let nobody in any more
	By     string          `json:",omitempty"` // the user who installed it; "" for the account's built-in one
	At     paceline.Micros // when it was installed
	Last   paceline.Micros `json:",omitempty"` // when it last did its work
	Next   paceline.Micros `json:",omitempty"` // when it does so next, of what runs by the clock
}

// Integrations are what the account has installed: what was set up on embedded pages, and its other cycles.
func (r *Room) Integrations(ctx context.Context, p paceline.Principal, a paceline.Account) ([]Installed, error) {
	have, err := r.have(ctx, p, a)
	if err != nil {
		return nil, err
	}
	var list []Installed
	within := map[paceline.ID]bool{}
	names, err := r.namesOf(ctx, a, have.installs)
	if err != nil {
		return nil, err
	}
	for _, in := range have.installs {
		for _, id := range in.Cycles {
			within[id] = true
		}
		listed := have.listed(in)
		listed.By = names[in.User]
		list = append(list, listed)
	}
	for id, c := range have.cycles {
		if !within[id] {
			list = append(list, Installed{ID: id, Name: c.Name, Description: text(c.Description), State: stateOf(c.State), Applications: used(c), SignIn: shut(c), At: c.CreatedAt, Last: c.LastSuccessAt, Next: c.NextRun})
		}
	}
	slices.SortFunc(list, func(x, y Installed) int {
		return cmp.Or(strings.Compare(store.Fold(x.Name), store.Fold(y.Name)), cmp.Compare(x.ID, y.ID))
	})
	return list, nil
}

// listed describes an install.
func (h possessions) listed(in paceline.EmbedInstall) Installed {
	out := Installed{ID: in.ID, Install: true, Card: in.Card, Name: in.Name, State: "Paused", At: in.CreatedAt}
	running := 0
	for _, id := range in.Cycles {
		c := h.cycles[id]
		if out.Name == "" {
			out.Name, out.Description = c.Name, text(c.Description)
		}
		for _, app := range used(c) {
			if !slices.Contains(out.Applications, app) {
				out.Applications = append(out.Applications, app)
			}
		}
		for _, app := range shut(c) {
			if in.FinishedAt != 0 && !slices.Contains(out.SignIn, app) {
				out.SignIn = append(out.SignIn, app)
			}
		}
		out.Last = max(out.Last, c.LastSuccessAt)
		if c.NextRun != 0 && (out.Next == 0 || c.NextRun < out.Next) {
			out.Next = c.NextRun
		}
		if state := stateOf(c.State); state == "Running" {
			running++
		} else {
			out.State = state
		}
	}
	switch {
	case in.FinishedAt == 0 && running == 0:
		out.State = "Unfinished"
	case running == len(in.Cycles):
		out.State = "Running"
	}
	return out
}

// namesOf are the names of the users who installed something, by their ids; without built-in users, whom no customer knows.
func (r *Room) namesOf(ctx context.Context, a paceline.Account, installs []paceline.EmbedInstall) (map[paceline.ID]string, error) {
	names := map[paceline.ID]string{}
	for _, in := range installs {
		names[in.User] = ""
	}
	err := r.store.Read(ctx, func(tx *store.Tx) error {
		for id := range names {
			user, found, err := tx.UserByID(a.Scope(), id)
			if err != nil {
				return err
			}
			if found && user.UserName != tenant.APIUser {
				names[id] = user.UserName
			}
		}
		return nil
	})
	return names, err
}

// shut are the applications of a cycle that are not connected.
func shut(c cycle.View) (list []string) {
	for _, use := range c.Connectors {
		if !use.Utility && !use.Authenticated && use.AccountConnector != 0 && !slices.Contains(list, use.Name) {
			list = append(list, use.Name)
		}
	}
	return list
}

// used are the connectors of a cycle that customers know of.
func used(c cycle.View) (list []Application) {
	for _, use := range c.Connectors {
		app := Application{Name: use.Name, Icon: text(use.Icon)}
		if !use.Utility && !slices.Contains(list, app) {
			list = append(list, app)
		}
	}
	return list
}

// Start starts an integration, by the id that Integrations gives it. Errors: NotFound; Invalid for what is not set up.
func (r *Room) Start(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	return r.each(ctx, p, a, id, startedStatus, stands, func(c cycle.View, within func(*store.Tx) error) error {
		once := c.Flow.Settings.RunOnce // it goes on as it was installed
		_, err := r.cycles.Activate(ctx, p, a, c.ID, cycle.Activation{RunOnce: &once, Within: within})
		return err
	})
}

// Pause stops an integration; what is in progress stops, too. Errors: NotFound.
func (r *Room) Pause(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	return r.each(ctx, p, a, id, stoppedStatus, runs, func(c cycle.View, within func(*store.Tx) error) error {
		_, err := r.cycles.DeactivateWith(ctx, p, a, c.ID, false, within)
		return err
	})
}

// Remove uninstalls an integration: its cycles go to the recycle bin, its connectors stay. Errors: NotFound.
func (r *Room) Remove(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	in, cycles, err := r.installed(ctx, p, a, id)
	if paceline.KindOf(err) == paceline.NotFound {
		return r.cycles.Delete(ctx, p, a, id)
	}
	if err != nil {
		return err
	}
	return r.remove(ctx, p, a, in, cycles)
}

// each does something with the cycles of an install, or with a cycle that belongs to none. The install's marketplace is told with
// the last cycle that it changes, or, where that does not come about, of what did.
func (r *Room) each(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, status string, changes func(paceline.CycleState) bool,
	do func(cycle.View, func(*store.Tx) error) error) error {
	in, cycles, err := r.installed(ctx, p, a, id)
	if paceline.KindOf(err) == paceline.NotFound {
		alone, err := r.cycles.Get(ctx, p, a, id)
		if err != nil {
			return err
		}
		return do(alone, nil)
	}
	if err != nil {
		return err
	}
	var news *notification
	last := lastOf(cycles, changes)
	if last >= 0 && in.FinishedAt != 0 {
		if news, err = r.notification(ctx, p, a, in, cycles, status, func(cycle.View) bool { return status == startedStatus }, false); err != nil {
			return err
		}
	}
	changed := false
	var failed error
	for i, c := range cycles {
		within := quiet
		if i == last {
			within = news.within()
		}
		if failed = do(c, within); failed != nil {
			break
		}
		changed = changed || changes(c.State)
	}
	if failed != nil && changed {
		if err := r.inPart(ctx, p, a, id, news, failed); err != nil {
			return errors.Join(failed, err)
		}
	}
	r.queued(news)
	return failed
}

// inPart tells of an install that was changed in part.
func (r *Room) inPart(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, news *notification, failed error) error {
	_, cycles, err := r.installed(ctx, p, a, id)
	if err != nil {
		return err
	}
	var list []Made
	for _, c := range cycles {
		m, err := r.made(ctx, p, a, c)
		if err != nil {
			return err
		}
		list = append(list, m)
	}
	return r.after(ctx, news, list, []string{told(failed)})
}

// lastOf is the place of the last cycle in such a state, -1 without one.
func lastOf(cycles []cycle.View, in func(paceline.CycleState) bool) int {
	for i := len(cycles) - 1; i >= 0; i-- {
		if in(cycles[i].State) {
			return i
		}
	}
	return -1
}

func runs(state paceline.CycleState) bool   { return state.Running() }
func stands(state paceline.CycleState) bool { return !state.Running() }
