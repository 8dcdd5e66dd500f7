package cycle

import (
	"context"
	"errors"

	"paceline"
	"paceline/mapping"
	"paceline/script"
)

// AttachScripts gives the room what reads scripts; before, nothing is checked.
func (r *Room) AttachScripts(pool *script.Pool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scripts = pool
}

// checkScripts refuses a flow with a script that is no JavaScript, those within mappings included, by line and column.
// What cannot be read now, since the account's scripts wait, is told when it runs.
func (r *Room) checkScripts(ctx context.Context, a paceline.Account, c paceline.Cycle, releases Pinned) error {
	pool := r.reader()
	if pool == nil {
		return nil
	}
	c = c.Runs()
	g := graphOf(&c.Flow)
	plan, _ := assemble(Source{Cycle: c, Flow: c.Flow}, g, releases)
	var typed, inline []scriptText
	for _, place := range g.nodes {
		step := &c.Flow.Steps[place]
		if step.Script != "" {
			typed = append(typed, scriptText{step: step.Name, code: step.Script})
		}
		program, err := mapping.Compile(plan, plan.StepByID(step.ID))
		if err != nil {
			continue // a prerequisite
		}
		for _, e := range program.Expressions() {
			inline = append(inline, scriptText{step: step.Name, code: e.Code, typed: &e})
		}
	}
	if err := readScripts(ctx, a, pool.Check, typed); err != nil {
		return err
	}
	return readScripts(ctx, a, pool.CheckExpressions, inline)
}

// checkScript refuses the script of one step as checkScripts does.
func (r *Room) checkScript(ctx context.Context, a paceline.Account, step, code string) error {
	pool := r.reader()
	if pool == nil || code == "" {
		return nil
	}
	return readScripts(ctx, a, pool.Check, []scriptText{{step: step, code: code}})
}

func (r *Room) reader() *script.Pool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.scripts
}

// scriptText is a script and where it stands.
type scriptText struct {
	step, code string
	typed      *mapping.Expression // of one within a mapping
}

func readScripts(ctx context.Context, a paceline.Account, check func(context.Context, script.Account, []script.Source) error, texts []scriptText) error {
	if len(texts) == 0 {
		return nil
	}
	sources := make([]script.Source, len(texts))
	for i := range texts {
		sources[i] = script.Source{Code: texts[i].code}
	}
	wrong, ok := errors.AsType[*script.Error](check(ctx, script.Account{Partner: a.Partner, Account: a.Num}, sources))
	if !ok {
		return nil
	}
	text := &texts[min(max(wrong.Source, 0), len(texts)-1)]
	told, place := *wrong, text.step
	told.Level = ""
	if text.typed != nil {
		told.Line, told.Column = text.typed.Place(told.Line, told.Column)
		place += ", " + text.typed.Input
	}
	return paceline.Fail(paceline.CodeScriptInvalid, "place", place, "reason", told.Error())
}
