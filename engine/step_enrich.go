package engine

import (
	"errors"

	"paceline"
	"paceline/connector"
)

// complete executes the trigger step of a run that a delivery began, a second time: what row 0 holds is completed by calls,
// and what comes of it is the step's output for all that follows.
func (x *execution) complete() {
	doc, err := x.output(0)
	switch {
	case err != nil && !errors.Is(err, errGone):
		x.away(err)
	case err != nil:
		x.undelivered()
	default:
		x.enrich(doc)
	}
}

// enrich makes a call for each row of a delivery, and the delivery with the answers the output of the step. Calls wait for
// limits, are tried again and go on after a crash as those of any other step.
func (x *execution) enrich(payload []byte) {
	e, scope := x.engine, paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}
	instance, err := e.instances.InstanceAt(x.context(), scope, x.step.AccountConnector, x.step.Release)
	switch {
	case err != nil && !lasting(err):
		x.away(err)
		return
	case err != nil:
		x.out.TasksIncident = 1
		x.fail(paceline.CodeAuthFailed, messageOf(err))
		return
	}
	trigger := instance.Compiled.Trigger(x.step.Method)
	if trigger == nil || trigger.Enrich() == nil {
		x.build("The connector has no trigger " + x.step.Method + " that is completed.")
		return
	}
	rows, err := trigger.Enrich().Rows(payload)
	if err != nil {
		x.build(err.Error())
		return
	}
	call := connector.Call{
		Instance: instance, Method: trigger.Enrich().Method(), IdempotencyKey: x.idempotencyKey(0),
		Merge:      func(name string) (string, bool) { return x.merge(instance, name) },
		LogRequest: x.run.Plan.LogRequests && !e.noLogs(x.run.Account),
		Behalf:     connector.Behalf{Partner: x.run.Partner, Account: x.run.Account, Root: x.run.Root, Cycle: x.run.Cycle, Run: x.run.Num, Step: x.step.ID},
		Ready:      func() error { return x.readFailed }, Files: x.files(),
	}
	if call.Method.Scripted() {
		x.scripts(&call)
		call.Script.Step = "" // the step's own is about deliveries
	}
	x.callOn(&calls{execution: x, base: call, items: rows, rows: rows})
}

// merge puts the answers that were gathered into the rows. It reports false, with the outcome set, when that is not possible.
func (c *calls) merge() bool {
	answers, err := c.draft.all()
	if err != nil {
		c.log()
		c.away(err)
		return false
	}
	doc, err := c.rows.Merge(answers)
	if err != nil {
		c.log()
		c.build(err.Error())
		return false
	}
	c.draft.begin(c.execution)
	c.at.Rows = c.n
	return c.write(doc)
}
