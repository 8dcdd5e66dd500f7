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

	Month     int64           `json:",omitempty"` // tasks of this month
	Days      []int64         `json:",omitempty"` // tasks of the last days, today's last
	Waiting   int64           `json:",omitempty"` // transactions that wait until it runs again
	Since     paceline.Micros `json:",omitempty"` // when it was stopped
	StoppedBy string          `json:",omitempty"` // the account's user who paused it
}

// integrations are what the account has installed: what was set up on embedded pages, and its other cycles.
func (r *Room) integrations(ctx context.Context, a paceline.Account, have possessions) ([]Installed, error) {
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
			alone := Installed{ID: id, Name: c.Name, Description: text(c.Description), State: stateOf(c.State), Applications: used(c), SignIn: shut(c), At: c.CreatedAt, Last: c.LastSuccessAt, Next: c.NextRun}
			alone.rests(c)
			list = append(list, alone)
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
	var states []string
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
		states = append(states, stateOf(c.State))
		out.rests(c)
	}
	out.State = together(states)
	switch {
	case in.FinishedAt == 0 && !slices.Contains(states, "Running"):
		out.State = "Unfinished"
	case slices.ContainsFunc(in.Cycles, func(id paceline.ID) bool { return resumes(in)(h.cycles[id]) }):
		out.State = "Changing"
	}
	return out
}

// together is how an install is of whose cycles each is in one of the states.
func together(states []string) string {
	has := func(state string) bool { return slices.Contains(states, state) }
	stands := has("Paused") || has("Stopped")
	switch {
	case has("Running") && stands, has("Finishing") && has("Stopped"):
		return "Partly"
	case has("Running"):
		return "Running"
	case has("Finishing"):
		return "Finishing"
	case has("Stopped"):
		return "Stopped"
	}
	return "Paused"
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

// Start starts an integration, all of it, by the id that Integrations gives it. Errors: NotFound; Invalid for what is not set up.
func (r *Room) Start(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	return r.turn(ctx, p, a, id, startedStatus, stands, func(c cycle.View, within func(*store.Tx) error) error {
		once := c.Flow.Settings.RunOnce // it goes on as it was installed
		_, err := r.cycles.Activate(ctx, p, a, c.ID, cycle.Activation{RunOnce: &once, Within: within})
		return err
	})
}

// Pause stops an integration, all of it; what is in progress stops, too. Errors: NotFound.
func (r *Room) Pause(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	return r.turn(ctx, p, a, id, stoppedStatus, runs, r.stop(ctx, p, a))
}

func (r *Room) stop(ctx context.Context, p paceline.Principal, a paceline.Account) func(cycle.View, func(*store.Tx) error) error {
	return func(c cycle.View, within func(*store.Tx) error) error {
		_, err := r.cycles.DeactivateWith(ctx, p, a, c.ID, false, within)
		return err
	}
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

// turn starts or stops an install, or a cycle that belongs to none. A change of it, if there is one, is over with that.
func (r *Room) turn(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, status string, changes func(cycle.View) bool,
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
	return errors.Join(r.each(ctx, p, a, in, cycles, status, changes, do), r.endChange(ctx, a, in))
}

// each does something with the cycles of an install. Its marketplace is told with the last cycle that it changes, or, where that
// does not come about, of what did.
func (r *Room) each(ctx context.Context, p paceline.Principal, a paceline.Account, in paceline.EmbedInstall, cycles []cycle.View, status string,
	changes func(cycle.View) bool, do func(cycle.View, func(*store.Tx) error) error) (err error) {
	var news *notification
	last := lastOf(cycles, changes)
	if last >= 0 && in.FinishedAt != 0 {
		by := func(c cycle.View) bool { return status == startedStatus && (changes(c) || active(c)) }
		if news, err = r.notification(ctx, p, a, in, cycles, status, by, false); err != nil {
			return err
		}
	}
	changed := false
	var failed error // the first: what can be turned is, whatever the others do
	for i, c := range cycles {
		within := quiet
		if i == last && failed == nil {
			within = news.within()
		}
		if err := do(c, within); err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		changed = changed || changes(c)
	}
	if failed != nil && changed {
		if err := r.inPart(ctx, p, a, in.ID, news, failed); err != nil {
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

// lastOf is the place of the last cycle of which something is true, -1 without one.
func lastOf(cycles []cycle.View, is func(cycle.View) bool) int {
	for i := len(cycles) - 1; i >= 0; i-- {
		if is(cycles[i]) {
			return i
		}
	}
	return -1
}

func runs(c cycle.View) bool   { return c.State.Running() }
func stands(c cycle.View) bool { return !c.State.Running() }
