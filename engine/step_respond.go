package engine

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/mapping"
)

// reply is what a Synchronous Response step gives to whom. It leaves once the step's row is on the disk.
type reply struct {
	to request
	Answer
}

// respond builds the answer to the delivery that the path began with. Without anybody who waits it is built
// and kept all the same, for a second copy of the delivery.
func (x *execution) respond() {
	s := x.live.plan.step(x.token.Step)
	from, k := core.Delivered(x.run.Plan, x.run.Chain, x.token.From)
	to := request{x.run.Num, from, k}
	failed := func(code paceline.Code, detail string) {
		x.out.TasksIncident = 1
		x.out.Permanent = true
		x.fail(code, detail)
		x.live.reply = &reply{to, failedAnswer(http.StatusBadGateway, code)}
	}
	inputs, warnings, err := mapping.Inputs{}, []mapping.Warning(nil), s.err
	if err == nil {
		inputs, warnings, err = s.program.Inputs(mapping.Env{Data: x, System: x.system})
	}
	switch {
	case x.readFailed != nil && !errors.Is(x.readFailed, errGone):
		x.away(x.readFailed)
		return
	case x.readFailed != nil:
		failed(paceline.CodeResponseBuild, x.readFailed.Error())
		return
	case err != nil:
		failed(paceline.CodeResponseBuild, messageOf(err))
		return
	}
	for _, w := range warnings {
		x.incident(w.Code, true, w.Input+": "+w.Detail)
	}
	var answer Answer
	problem := ""
	if x.step.Method != "" {
		var found bool
		if answer, problem, found = x.replyOf(inputs); !found {
			if x.out.Verdict == core.Failed {
				x.out.Permanent = true
				x.live.reply = &reply{to, failedAnswer(http.StatusBadGateway, paceline.CodeResponseBuild)}
			}
			return
		}
	} else {
		answer, problem = buildAnswer(inputs)
	}
	if problem != "" {
		failed(paceline.CodeResponseBuild, problem)
		return
	}
	doc, err := json.Marshal(answer)
	if err != nil || len(doc) > x.engine.limits.StepData {
		failed(paceline.CodeResponseSave, "The response is larger than "+strconv.Itoa(x.engine.limits.StepData)+" bytes.")
		return
	}
	if x.out.Output, err = x.engine.sealOutput(x.context(), x.live.key, x.run.Head, x.token.Seq, doc); err != nil {
		x.away(err)
		return
	}
	x.live.keep(x.token.Seq, doc)
	x.out.TasksOK, x.out.RowsOut = 1, 1
	x.live.reply = &reply{to, answer} // a copy of the delivery may come until the row is on the disk
	if !x.engine.callers.wait(to) && x.run.Parent == 0 && x.run.Plan.Steps[x.run.Plan.Trigger].Kind == paceline.StepWebhook {
		x.incident(paceline.CodeResponseReturn, true, "Nobody waits for the response any more.")
	}
}

// replyOf builds the answer of a connector's method; found is false where the method cannot be had, which the step says.
func (x *execution) replyOf(in mapping.Inputs) (a Answer, problem string, found bool) {
	instance, method, found := x.method()
	if !found {
		return a, "", false
	}
	merge := func(name string) (string, bool) {
		if v, ok := x.system(name); ok {
			return v, true
		}
		return instance.Merge(name)
	}
	made, err := connector.Call{Instance: instance, Method: method, Inputs: in, Merge: merge}.Answer(x.context(), x.engine.limits.StepData)
	if err != nil {
		return a, messageOf(err), true
	}
	a = Answer{Status: made.Status, ContentType: made.ContentType, Body: string(made.Body)}
	size := 0
	for name, value := range made.Header {
		size += len(name) + len(value)
	}
	if len(made.Header) > 0 {
		a.Headers = made.Header
	}
	if len(made.Header) > answerHeaders || size > answerHeaderBytes {
		return a, "The headers are too many or too large.", true
	}
	if !paceline.HeaderText(a.ContentType) {
		return a, "The content type is not a header's value.", true
	}
	if a.Status == http.StatusNoContent || a.Status == http.StatusNotModified || a.Body == "" {
		a.Body, a.ContentType = "", ""
	}
	return a, "", true
}

// The bounds of the headers of an answer.
const (
	answerHeaders     = 50
	answerHeaderBytes = 8 << 10
)

// buildAnswer makes an answer of the values of a step; problem says why it cannot.
func buildAnswer(in mapping.Inputs) (a Answer, problem string) {
	a.Status = http.StatusOK
	if v := in.Param("reply", "status"); !mapping.Empty(v) {
		status, err := strconv.Atoi(strings.TrimSpace(mapping.Text(v)))
		if err != nil || status < 200 || status > 599 {
			return a, "The status " + strconv.Quote(mapping.Text(v)) + " is not a number from 200 to 599."
		}
		a.Status = status
	}
	if problem = a.body(in); problem != "" {
		return a, problem
	}
	if v := in.Param("reply", "contentType"); !mapping.Empty(v) {
		a.ContentType = mapping.Text(v)
	}
	if !paceline.HeaderText(a.ContentType) {
		return a, "The content type is not a header's value."
	}
	if a.Status == http.StatusNoContent || a.Status == http.StatusNotModified {
		a.Body, a.ContentType = "", ""
	}
	return a, a.headers(in)
}

// body takes the fields as a JSON body, else the value of the body: text as it is, other values as JSON.
func (a *Answer) body(in mapping.Inputs) (problem string) {
	for _, f := range in.Fields {
		if f.Ignored || f.Missing() {
			continue
		}
		doc, err := in.AppendJSON(nil)
		if err != nil {
			return messageOf(err)
		}
		a.Body, a.ContentType = string(doc), "application/json; charset=utf-8"
		return ""
	}
	v := in.Param("reply", "body")
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
		if len(in.Fields) > 0 {
			a.Body, a.ContentType = "{}", "application/json; charset=utf-8"
		}
	case mapping.String:
		a.Body, a.ContentType = mapping.Text(v), "text/plain; charset=utf-8"
		if json.Valid([]byte(a.Body)) && strings.ContainsAny(a.Body[:1], "{[") {
			a.ContentType = "application/json; charset=utf-8"
		}
	default:
		a.Body, a.ContentType = string(v), "application/json; charset=utf-8"
	}
	return ""
}

func (a *Answer) headers(in mapping.Inputs) (problem string) {
	size := 0
	for _, p := range in.Params {
		if p.In != paceline.ReplyHeader || p.Ignored || mapping.Empty(p.Value) {
			continue
		}
		name, value := http.CanonicalHeaderKey(p.Name), mapping.Text(p.Value)
		if !paceline.AnswerHeader(name) {
			return "The header " + strconv.Quote(p.Name) + " cannot be set."
		}
		if !paceline.HeaderText(value) {
			return "The value of the header " + name + " has characters that no header may have."
		}
		if a.Headers == nil {
			a.Headers = map[string]string{}
		}
		a.Headers[name] = value
		size += len(name) + len(value)
	}
	if len(a.Headers) > answerHeaders || size > answerHeaderBytes {
		return "The headers are too many or too large."
	}
	return ""
}
