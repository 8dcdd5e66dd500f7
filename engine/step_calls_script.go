package engine

import (
	"paceline/connector"
	"paceline/engine/core"
	"paceline/script"
)

// The events that come once all pages are there: of a step that is called per item, after_action_paging comes for each
// item, and action_condition once, over the list of all.

// scriptsOverAll runs the events that come after the last page over all that was gathered. It reports false, with the
// outcome set, when one of them fails.
func (c *calls) scriptsOverAll() bool {
	if c.at.Ignored > 0 || c.base.Script.Globals == nil || !c.engine.runtime.Handles(c.base, script.AfterActionPaging, script.ActionCondition) {
		return true
	}
	doc, err := c.draft.all()
	if err != nil {
		c.log()
		c.away(err)
		return false
	}
	result := c.last
	result.Output, result.Rows, result.Asked = doc, c.at.Rows, c.at.Asked
	result.Exchanges, result.TasksOK, result.TasksIncident = c.part.Exchanges, c.part.TasksOK, c.part.TasksIncident
	if !c.afterwards(c.base, &result) {
		c.waits(&result)
		return false
	}
	c.part.Exchanges, c.part.TasksOK, c.part.TasksIncident = result.Exchanges, result.TasksOK, result.TasksIncident
	for _, w := range result.Warnings {
		c.tell(w.Code, true, w.Detail)
	}
	if string(result.Output) == string(doc) {
		return true
	}
	c.draft.begin(c.execution)
	c.at.Rows = result.Rows
	return c.write(result.Output)
}

// itemScripted reports whether scripts want to see all pages of an item.
func (c *calls) itemScripted() bool {
	return c.items != nil && c.base.Script.Globals != nil && c.engine.runtime.Handles(c.base, script.AfterActionPaging)
}

// itemScripts shows scripts the document of an item, which they may change.
func (c *calls) itemScripts(result *connector.Result) error {
	if !c.itemScripted() {
		return nil
	}
	date, err := c.engine.runtime.AfterPaging(c.context(), c.base, result)
	if date != "" {
		c.at.Date = date
	}
	unsent(c.base.Method, result, err)
	return err
}

// itemOver shows scripts an item that came in several pages, which the draft holds, and goes on to the next one.
func (c *calls) itemOver() bool {
	doc, err := c.draft.all()
	if err != nil {
		c.log()
		c.away(err)
		return false
	}
	result := c.last
	result.Output, result.Exchanges, result.Warnings, result.TasksOK, result.TasksIncident = doc[c.at.From:], nil, nil, 0, 0
	result.Asked = c.at.Asked
	err = c.itemScripts(&result)
	c.gather(&result)
	c.at.Asked = result.Asked
	if err != nil && !c.goesOn(&result, err) {
		c.fails(err)
		return false
	}
	c.at.Item, c.at.Over, c.at.Asked = c.at.Item+1, false, nil
	c.count++ // so that a wait of the next call does not bring the scripts back here
	if err != nil || string(result.Output) == string(doc[c.at.From:]) {
		return true
	}
	c.draft.begin(c.execution)
	return c.write(append(doc[:c.at.From:c.at.From], result.Output...))
}

// scriptsOverItems lets scripts choose the exit of a step that is called per item, and keeps the date that they left. It
// reports false, with the outcome set, when that fails.
func (c *calls) scriptsOverItems() bool {
	if c.at.Ignored > 0 || c.base.Script.Globals == nil {
		return true
	}
	result := c.last
	result.Exchanges, result.TasksOK, result.TasksIncident = c.part.Exchanges, c.part.TasksOK, c.part.TasksIncident
	if c.at.Date != "" {
		if err := c.nextRunDate(c.at.Date); err != nil {
			return c.scriptFailed(c.base, result, err)
		}
	}
	if !c.engine.runtime.Handles(c.base, script.ActionCondition) {
		return true
	}
	doc, err := c.draft.all()
	if err != nil {
		c.log()
		c.away(err)
		return false
	}
	result.Output, result.Rows, result.Asked = doc, c.at.Rows, c.at.Asked
	yes, chosen, err := c.engine.runtime.Condition(c.context(), c.base, &result)
	if err != nil {
		c.scriptFailed(c.base, result, err)
		c.waits(&result)
		return false
	}
	c.part.Exchanges, c.part.TasksOK, c.part.TasksIncident = result.Exchanges, result.TasksOK, result.TasksIncident
	if chosen {
		c.leave(yes)
	}
	return true
}

// waits keeps where the calls have come to and what scripts have done when scripts that come after them have to wait.
func (c *calls) waits(result *connector.Result) {
	if c.out.Verdict == core.Throttled {
		c.at.Asked = result.Asked
		c.remember()
	}
}
