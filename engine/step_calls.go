package engine

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/mapping"
	"paceline/store"
)

// calls is a step that makes several calls: the pages of a list, the chunks of what is sent, one for each item.
// What they bring is gathered into one output. Each call is durable, with where the next one begins, before the next
// is made; calls for items that may be repeated share a commit.
type calls struct {
	*execution
	base  connector.Call
	items items                 // of a step that is called per item
	rows  *connector.EnrichRows // the same, of a delivery that is completed
	n     int                   // their number, else 1
	at    callsState
	draft draft
	part  connector.Result // what the calls of this part brought, but for their output
	count int              // of the calls of this part
	last  connector.Result // of the last call: what scripts hand on
	bytes int              // of what they brought
}

// items are the calls of a step that is called per item, or those that complete the rows of a delivery.
type items interface {
	Len() int
	// Missing reports that the data has no list of them at all.
	Missing() bool
	Inputs(i int, system func(string) (string, bool)) (mapping.Inputs, []mapping.Warning, error)
}

// callsState is how far the calls have come. It is kept sealed: a page may be named by a token of the vendor.
type callsState struct {
	Item    int                  `json:"i,omitempty"`
	Page    *connector.PageState `json:"p,omitempty"` // nil at an item's first
	Join    connector.Join       `json:"j"`           // of the item's pages
	Rows    int                  `json:"r,omitempty"`
	Ignored int                  `json:"f,omitempty"` // calls whose failure was ignored
	Told    int                  `json:"m,omitempty"` // incidents
	From    int64                `json:"o,omitempty"` // where the item's pages begin in the draft
	Over    bool                 `json:"e,omitempty"` // the item's pages are there, and the scripts have not seen them
	Date    string               `json:"l,omitempty"` // that scripts of items left as the last successful run date
	Cursor  *connector.Cursor    `json:"c,omitempty"` // as the pages so far have moved it
	Closed  bool                 `json:"z,omitempty"` // the list of the items' answers is complete
	Asked   []connector.Asked    `json:"q,omitempty"` // by the scripts of the present call
	Attempt int32                `json:"t,omitempty"` // in which they were
	Last    json.RawMessage      `json:"y,omitempty"` // what the scripts behind the last call need of it
	Made    *callMade            `json:"w,omitempty"` // the present call was made, says a person
	Given   json.RawMessage      `json:"g,omitempty"` // what the first chunk brought, says a person
	Gone    bool                 `json:"x,omitempty"` // a call was made whose answer could not be kept
	Draft   draftState           `json:"d"`
}

// The bounds of the calls that share a commit, and of the incidents of one step.
const (
	sharedCalls = 100
	sharedBytes = 256 << 10
	sharedTime  = time.Second
	maxTold     = 100
)

// callOn makes the calls of a step from the first on, or from where the part before has ended.
func (x *execution) callOn(c *calls) {
	if c.n = 1; c.items != nil {
		c.n = c.items.Len()
	}
	c.out.Many = c.items == nil && !c.base.Method.Job() || c.n > 1 && c.rows == nil
	c.draft.begin(x)
	if x.token.Progress != nil {
		if err := c.resume(); err != nil {
			if !errors.Is(err, errGone) {
				x.away(err)
				return
			}
			x.build("Where the calls of the step go on is not known.")
			return
		}
	}
	if c.at.Made != nil {
		c.takeMade()
		return
	}
	begun := x.engine.clock.Now()
	for c.at.Item < c.n {
		if !c.one() {
			return
		}
		if c.at.Item < c.n && !c.shared(begun) {
			c.pause()
			return
		}
	}
	c.finish()
}

// shared reports whether the next call may be made before what the last ones brought is durable.
func (c *calls) shared(begun time.Time) bool {
	repeatable := c.step.Repeat == paceline.RepeatSafe || c.step.Repeat == paceline.RepeatKeyed
	return repeatable && c.at.Page == nil && c.count < sharedCalls && c.bytes < sharedBytes &&
		c.engine.clock.Now().Sub(begun) < sharedTime
}

// one makes the next call. It reports false, with the outcome set, when the step cannot go on now.
func (c *calls) one() bool {
	if c.at.Over {
		return c.itemOver()
	}
	result, err := c.send()
	if c.readFailed != nil { // nothing was sent
		c.unreadable()
		c.part.TasksIncident += b2i(c.out.Verdict == core.Failed)
		c.cutShort()
		return false
	}
	if err == nil {
		c.at.Cursor, c.cursor.next = result.Cursor, result.Cursor
	}
	if err == nil && c.whole(&result) {
		if c.afterwards(c.base, &result) {
			c.answered(result)
		} else {
			c.waits(&result)
		}
		return false
	}
	if err == nil && result.Next == nil && !c.at.Join.Begun {
		err = c.itemScripts(&result)
	}
	c.gather(&result)
	if c.at.Asked = result.Asked; err == nil {
		c.last = result.Rest()
	}
	if err != nil && !c.goesOn(&result, err) {
		c.fails(err)
		return false
	}
	if c.at.Given != nil && !c.takeGiven(result.Beyond) {
		return false
	}
	if err == nil && len(result.Output) == 0 && c.rows != nil {
		result.Output = []byte("null") // each row has its answer
	}
	if err == nil && len(result.Output) > 0 {
		if !c.add(result.Output, result.Next != nil) {
			return false
		}
	}
	c.count++
	c.at.Rows += result.Rows
	if c.at.Page = result.Next; c.at.Page == nil {
		return c.ended(err == nil)
	}
	if result.After > 0 {
		c.later(result.After)
		return false
	}
	return true
}

// send makes the call for the present item and page.
func (c *calls) send() (connector.Result, error) {
	call := c.base
	call.Page, call.IdempotencyKey, call.Asked = c.at.Page, c.idempotencyKey(c.at.Item), c.at.Asked
	if c.at.Cursor != nil {
		call.Cursor = c.at.Cursor
	}
	if c.items != nil {
		inputs, warnings, err := c.items.Inputs(c.at.Item, call.Merge)
		if err != nil {
			return connector.Result{TasksIncident: 1}, &connector.Error{Class: connector.ClassBuild, Code: unbuilt(err), Detail: messageOf(err)}
		}
		if c.at.Page == nil {
			for _, w := range warnings {
				c.tell(w.Code, true, w.Input+": "+w.Detail)
			}
		}
		call.Inputs = inputs
	}
	result, err := c.engine.runtime.Call(c.context(), call)
	c.made = err == nil
	unsent(call.Method, &result, err)
	return result, err
}

// whole reports whether the answer is all that there is, as for a step that makes one call.
func (c *calls) whole(r *connector.Result) bool {
	return r.Next == nil && c.items == nil && c.token.Progress == nil && c.count == 0
}

// gather adds what a call brought beside its output to the part.
func (c *calls) gather(r *connector.Result) {
	c.part.Exchanges = append(c.part.Exchanges, r.Exchanges...)
	c.part.TasksOK += r.TasksOK
	c.part.TasksIncident += r.TasksIncident
	for i := range r.Exchanges {
		c.bytes += len(r.Exchanges[i].Request) + len(r.Exchanges[i].Response)
	}
	for _, w := range r.Warnings {
		c.tell(w.Code, true, w.Detail)
	}
}

// tell records an incident, of all calls no more than maxTold.
func (c *calls) tell(code paceline.Code, warning bool, detail string) {
	switch c.at.Told++; {
	case c.at.Told <= maxTold:
		c.incident(code, warning, detail)
	case c.at.Told == maxTold+1:
		c.incident(code, warning, "The step has more than "+strconv.Itoa(maxTold)+" problems. The others are counted, but not told.")
	}
}

// goesOn reports whether the calls go on behind one that failed, which is told: with error action Ignore, the
// next chunk does not need the one before. An answer that is split is wanted as a whole.
func (c *calls) goesOn(r *connector.Result, err error) bool {
	var failed *connector.Error
	if !errors.As(err, &failed) || c.context().Err() != nil || c.rows != nil ||
		c.step.ErrorAction != paceline.ErrorIgnore || int(c.token.Step) == c.run.Plan.Trigger || c.step.SplitAt != "" {
		return false
	}
	switch failed.Class {
	case connector.ClassPermanent, connector.ClassRetry, connector.ClassBuild, connector.ClassDecode, connector.ClassScript:
	default:
		return false
	}
	if c.items == nil && !(c.base.Method.Batched() && (r.Next != nil || c.moved())) {
		return false
	}
	c.tell(failed.Code, false, failed.Detail)
	c.at.Ignored++
	return true
}

// rowsIn is the number of items that the step is called for.
func (c *calls) rowsIn() int32 {
	if c.items == nil {
		return 0
	}
	return int32(c.n)
}

// moved reports whether any call was made before the present one.
func (c *calls) moved() bool { return c.count > 0 || c.token.Progress != nil }

// fails ends the part with a call that failed. The next part, if there is one, begins with that call.
func (c *calls) fails(err error) {
	c.callFailed(err)
	c.cutShort()
}

// cutShort keeps what the calls of the part have brought when it cannot go on.
func (c *calls) cutShort() {
	c.log()
	if c.out.Verdict != core.Throttled {
		c.at.Asked = nil // a new try asks anew
	}
	if c.count == 0 && c.at.Asked == nil {
		return
	}
	if c.out.Verdict == core.Again { // what came before the cut is kept
		c.out.Verdict, c.out.More = core.OK, true
	}
	c.remember()
}

// pause ends the part; the next one goes on.
func (c *calls) pause() {
	c.out.More = true
	c.log()
	c.remember()
}

// log puts the calls of the part into the outcome.
func (c *calls) log() {
	c.out.TasksOK, c.out.TasksIncident = int32(c.part.TasksOK), int32(c.part.TasksIncident)
	c.sealed(c.part, false)
}

// remember puts where the calls have come to into the outcome.
func (c *calls) remember() {
	c.out.RowsOut, c.out.RowsIn = int32(c.at.Rows), c.rowsIn()
	var err error
	if c.at.Draft, err = c.draft.save(); err != nil {
		c.out.More = false
		c.away(err)
		return
	}
	if c.at.Attempt, c.at.Last = c.token.Attempt, nil; c.at.Over || c.at.Item == c.n {
		c.at.Last = c.last.Hand()
	}
	c.out.Asks = c.at.Page.Asks()
	c.out.Progress = c.at.seal(c.live.key, c.run.Account, c.run.Num, c.token.Seq)
}

func (c *calls) resume() error {
	doc, err := c.live.key.Open(nil, c.token.Progress, progressPlace(c.run.Account, c.run.Num, c.token.Seq))
	if err != nil {
		return errors.Join(errGone, err)
	}
	if err := json.Unmarshal(doc, &c.at); err != nil {
		return errors.Join(errGone, err)
	}
	if c.at.Attempt != c.token.Attempt {
		c.at.Asked = nil
	}
	if c.at.Last != nil {
		if c.last, err = connector.Handed(c.at.Last); err != nil {
			return errors.Join(errGone, err)
		}
	}
	return c.draft.restore(c.at.Draft)
}

// add writes an answer to the output; more says that the item has further ones. It reports false, with the outcome
// set, when that is not possible.
func (c *calls) add(doc []byte, more bool) bool {
	if c.items == nil && !more && !c.at.Join.Begun {
		return c.write(doc)
	}
	text := make([]byte, 0, len(doc)+32)
	switch {
	case c.items == nil || c.at.Join.Begun:
	case c.draft.size() == 0:
		text = append(text, '[')
	default:
		text = append(text, ',')
	}
	if !c.at.Join.Begun {
		c.at.From = c.draft.size() + int64(len(text))
	}
	if more || c.at.Join.Begun {
		text = c.at.Join.Add(c.base.Method, text, doc)
	} else {
		text = append(text, doc...)
	}
	return c.write(text)
}

// ended closes an item, whose calls are made; whole says that none of them failed.
func (c *calls) ended(whole bool) bool {
	join := c.at.Join
	c.at.Join = connector.Join{}
	if !c.write(join.End(c.base.Method, nil)) {
		return false
	}
	if c.at.Over = whole && join.Begun && c.itemScripted(); c.at.Over {
		return c.itemOver()
	}
	if c.at.Item++; c.items != nil {
		c.at.Asked = nil
	}
	return true
}

func (c *calls) write(text []byte) bool {
	if c.draft.size()+int64(len(text)) > int64(c.engine.limits.StepData) {
		c.log()
		c.tooLarge()
		gone := callsState{Gone: true}
		c.out.Progress = gone.seal(c.live.key, c.run.Account, c.run.Num, c.token.Seq)
		return false
	}
	c.bytes += len(text)
	if err := c.draft.write(text); err != nil {
		c.log()
		c.away(err)
		return false
	}
	return true
}

// finish makes what was gathered the output of the step.
func (c *calls) finish() {
	c.live.kept = keptInputs{}
	if c.items != nil && !c.closed() || c.items == nil && !c.scriptsOverAll() || !c.exitOverAll() {
		if c.out.Many && c.out.Verdict == core.Failed && c.out.Progress == nil {
			c.remember() // the calls are made
		}
		return
	}
	if c.rows != nil && !c.merge() {
		return
	}
	c.log()
	c.out.RowsOut, c.out.RowsIn = int32(c.at.Rows), c.rowsIn()
	if c.draft.size() > 0 {
		out, err := c.draft.close(c.token.Seq)
		if err != nil {
			c.away(err)
			return
		}
		c.out.Output = out
	}
	if doc, ok := c.draft.read(); ok {
		c.live.keep(c.token.Seq, doc)
	}
	if c.at.Ignored > 0 {
		c.out.Verdict, c.out.Code = core.Failed, paceline.CodeCallFailed // each was told
		return
	}
	switch {
	case c.step.SplitAt != "":
		c.splitDraft()
	case c.step.Unsplittable:
		c.unsplittable()
	}
}

// exitOverAll chooses the exit by all that the calls brought, unless a script has. It reports false, with the outcome
// set, when that cannot be read.
func (c *calls) exitOverAll() bool {
	if !c.base.Method.Exits() || c.at.Ignored > 0 || c.out.Exit != "" {
		return true
	}
	doc, err := c.draft.all()
	if err != nil {
		c.log()
		c.away(err)
		return false
	}
	yes, _ := c.base.Method.Exit(&connector.Result{Output: doc, Rows: c.at.Rows})
	c.leave(yes)
	return true
}

// closed ends the list of the answers of a step that is called per item.
func (c *calls) closed() bool {
	if c.n == 0 && c.items.Missing() {
		c.tell(paceline.CodeSourceEmpty, true, "The list whose items the step is called for is missing.")
		if c.step.EndOnNullSource {
			c.out.Exit = paceline.ExitEnd
		}
	}
	end := []byte{']'}
	if c.draft.size() == 0 {
		end = []byte("[]")
	}
	if !c.at.Closed && !c.write(end) {
		return false
	}
	c.at.Closed = true
	return c.scriptsOverItems()
}

// splitDraft splits what was gathered. What lies in a blob is not read as a whole.
func (c *calls) splitDraft() {
	if doc, ok := c.draft.read(); ok {
		c.split(doc)
		return
	}
	c.splitBlob(store.Blob{ID: c.draft.blob, Size: c.draft.size()})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
