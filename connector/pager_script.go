package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"paceline/mapping"
	"paceline/script"
)

// Type script asks the function next_page of the method's or the connector's script. It returns what is sent at the
// places of send, one value or a list of them; or {url: "..."}; or nothing after the last page.
const pagerScript = "script"

var _ = registerPager(pagerScript, pagerType{})

func (p *pager) scripted() bool { return p != nil && p.rules.Type == pagerScript }

// nextPage asks the script for the page behind the present one.
func (s *scripted) nextPage(ctx context.Context, o *outgoing, a *answer) *Error {
	c, p := s.running, s.Method.pager
	if c.result.Output == nil {
		return nil
	}
	for _, stop := range p.stop {
		if stop.holds(a.vars()) {
			return nil
		}
	}
	globals := s.requestGlobals()
	globals["method_response"], globals["method_response_headers"] = c.response(), headerObject(a.header)
	globals["statusCode"], globals["page_number"] = a.status, c.Page.Parts()+1
	_, said, failed := s.fire(ctx, script.NextPage, globals)
	if failed != nil {
		s.blamed(failed)
		return failed
	}
	step, more, err := p.saidPage(&pageAnswer{p, a, c, o.url}, mapping.Value(said.Value))
	return c.pageOn(o, a, a.judged(c.Method), step, more, err)
}

// saidPage reads what next_page returned.
func (p *pager) saidPage(a *pageAnswer, said mapping.Value) (step pageStep, more bool, err error) {
	switch mapping.KindOf(said) {
	case mapping.Missing, mapping.Null:
		return step, false, nil
	case mapping.Object:
		url, _ := nextURL.Get(said)
		if mapping.KindOf(url) != mapping.String || mapping.Empty(url) {
			return step, false, errPageSaid
		}
		step.url, err = a.address(mapping.Text(url))
		return step, true, err
	case mapping.List:
		var list []json.RawMessage
		if json.Unmarshal(said, &list) != nil {
			return step, false, errPageSaid
		}
		for _, v := range list {
			step.values = append(step.values, mapping.Value(v))
		}
	default:
		if string(said) == "false" || mapping.Empty(said) {
			return step, false, nil
		}
		step.values = []mapping.Value{said}
	}
	if len(step.values) != len(p.sends) {
		return step, false, fmt.Errorf("next_page returned %d values, and the pager sends %d", len(step.values), len(p.sends))
	}
	for _, v := range step.values {
		if k := mapping.KindOf(v); k == mapping.List || k == mapping.Object {
			return step, false, errPageSaid
		}
	}
	return step, true, nil
}

var (
	errPageSaid = errors.New(`next_page returns the values that are sent, or {url: "..."}, or nothing`)
	nextURL     = mustLocation("url")
)
