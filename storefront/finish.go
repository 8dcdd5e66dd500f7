package storefront

import (
	"context"
	"errors"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/store"
)

// Ending is how a set-up ends.
type Ending struct {
	Start    bool
	RunOnce  bool
	Complete string // what the partner wants to be told with it
}

// Outcome is what there is at the end of a set-up.
type Outcome struct {
	Install paceline.EmbedInstall
	Cycles  []Made
	Errors  []string // why a cycle could not be started
	Message string   // of the package, as harmless HTML
}

// Made is one cycle of it.
type Made struct {
	Cycle, Template, Release paceline.ID
	Active                   bool
	Webhooks                 []Webhook
	TemplateTags             []string
}

// Webhook is the address of a step that waits for deliveries.
type Webhook struct{ StepName, URL string }

// Finish ends a set-up and starts its cycles if they shall. A cycle that cannot be started is there and stopped, and the outcome
// says why. Errors: NotFound; Invalid for inputs that are required and empty, and for a connector that is not connected.
func (r *Room) Finish(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, end Ending) (out Outcome, err error) {
	setup, err := r.Setup(ctx, p, a, id)
	if err != nil {
		return out, err
	}
	if label := setup.missing(); label != "" {
		return out, invalid(label, "it is empty")
	}
	for _, c := range setup.Connectors {
		if !c.Authenticated {
			return out, paceline.Fail(paceline.CodeNotConnected, "name", c.Name)
		}
	}
	in, cycles, err := r.installed(ctx, p, a, id)
	if err != nil {
		return out, err
	}
	if in.FinishedAt == 0 {
		in.Complete = end.Complete
	}
	news, err := r.notification(ctx, p, a, in, cycles, installedStatus, noneActive, true)
	if err != nil {
		return out, err
	}
	first := false
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		if first, err = tx.FinishEmbedInstall(a.Scope(), id, end.Complete); err != nil || !first {
			return err
		}
		return news.put(tx, heldFor(len(cycles)))
	})
	if err != nil {
		return out, err
	}
	var again *notification // of one that was installed before and is started now
	starts := func(cycle.View) bool { return end.Start }
	if in.ChangingAt != 0 {
		starts = resumes(in) // at the end of a change what ran before runs again
		end.Start = true
	}
	last := lastOf(cycles, func(c cycle.View) bool { return stands(c) && starts(c) })
	if !first && last >= 0 {
		by := func(c cycle.View) bool { return starts(c) || active(c) }
		if again, err = r.notification(ctx, p, a, in, cycles, startedStatus, by, false); err != nil {
			return out, err
		}
	}
	out.Install = in
	begun := false
	for i, view := range cycles {
		if starts(view) {
			once := end.RunOnce
			if !first {
				once = view.Flow.Settings.RunOnce // what is changed stays what it was installed as
			}
			activation := cycle.Activation{RunOnce: &once, Within: quiet}
			if i == last && len(out.Errors) == 0 {
				activation.Within = again.within()
			}
			started, err := r.cycles.Activate(ctx, p, a, view.ID, activation)
			switch {
			case err == nil:
				begun = begun || stands(view)
				view = started
			case paceline.KindOf(err) == paceline.Internal:
				return out, err
			default:
				out.Errors = append(out.Errors, told(err))
			}
		}
		made, err := r.made(ctx, p, a, view)
		if err != nil {
			return out, err
		}
		out.Cycles = append(out.Cycles, made)
	}
	if begun {
		if err := r.after(ctx, again, out.Cycles, out.Errors); err != nil {
			return out, err
		}
	}
	r.queued(again)
	if err := r.endChange(ctx, a, in); err != nil {
		return out, err
	}
	if first {
		err = r.release(ctx, news, out.Cycles, out.Errors)
	}
	if err == nil && in.Marketplace != 0 {
		out.Message, err = r.completeMessage(ctx, a, in)
	}
	return out, err
}

// completeMessage is what the package of an install says at its end; "" when it is not offered any more.
func (r *Room) completeMessage(ctx context.Context, a paceline.Account, in paceline.EmbedInstall) (string, error) {
	m, err := r.Marketplace(ctx, paceline.SystemPrincipalOf(a.Partner), int(in.Marketplace))
	if paceline.KindOf(err) == paceline.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if card := find(m.Cards, in.Card); card != nil {
		return card.CompleteMessage, nil
	}
	return "", nil
}

func (r *Room) made(ctx context.Context, p paceline.Principal, a paceline.Account, view cycle.View) (m Made, err error) {
	m = Made{Cycle: view.ID, Template: view.Template, Release: view.TemplateRelease,
		Active: active(view)}
	steps, err := r.cycles.Steps(ctx, p, a, view.ID, paceline.StepUnknown)
	if err != nil {
		return m, err
	}
	service, err := catalog.ServiceURL(ctx, r.store, a.Scope(), r.serviceURL)
	if err != nil {
		return m, err
	}
	for _, s := range steps {
		if s.WebhookIdentifier != "" {
			m.Webhooks = append(m.Webhooks, Webhook{StepName: s.Name, URL: service + "/api/webhook/" + s.WebhookIdentifier})
		}
	}
	t, err := r.catalog.Template(ctx, p, view.Template, catalog.TemplateOptions{})
	if paceline.KindOf(err) == paceline.NotFound {
		return m, nil // it is no longer published
	}
	m.TemplateTags = t.Tags
	return m, err
}

// told is what a customer is told of an error.
func told(err error) string {
	if e, ok := errors.AsType[*paceline.Error](err); ok {
		return e.Message()
	}
	return err.Error()
}
