package connector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"paceline"
	"paceline/mapping"
)

// MethodReply is the kind of a method that calls nothing: it is what the sender of a webhook gets, who waits for it.
const MethodReply = "reply"

// ReplyDef says how the sender is answered besides the body.
type ReplyDef struct {
	Status int `json:"status"` // 200 without one
}

// replyFormats are those of bodies that have no files.
var replyFormats = []string{"", "none", "json", "xml", "form", "text", "csv", "ndjson"}

// replyMethod compiles a method of kind reply: its request is what is sent back.
func (b *builder) replyMethod(m *Method, at string, known *scopeNames) {
	d, here := m.Definition, pointer(at, "request")
	if r := d.Request; r.Method+r.Path+r.URL != "" || len(r.Query) > 0 || r.Batch != nil || r.Idempotency != nil || !slices.Contains(replyFormats, r.Format) {
		b.add(here, "the request of a method of kind reply has headers, fields, and a format of values", "Remove the other keys: nothing is called, the sender of the webhook is answered.")
		return
	}
	if r := d.Response; r.Format+r.Rows+r.Filter != "" || len(r.Fields) > 0 || r.RowErrors != nil || r.FieldMap != nil || d.Paging != nil || len(d.Errors) > 0 ||
		d.Script != nil || d.Cursor != nil || d.Job != nil || d.Exits != nil || d.Agent != nil || d.Repeat != "" || d.CustomFields != nil {
		b.add(at, "a method of kind reply has keys of a call", "Remove response, paging, errors, script, cursor, job, exits, agent, repeat and customFields.")
	}
	for i, p := range d.Params {
		if !p.step && !slices.Contains([]string{"header", "body", "template"}, p.In) {
			b.add(pointer(at, "params", i, "in"), fmt.Sprintf("the parameter %s of a method of kind reply is sent nowhere", p.Name), "Write in: header, body or template.")
		}
	}
	m.Repeat = paceline.RepeatSafe
	m.headers = b.named(pointer(here, "headers"), d.Request.Headers, known, headerEscape)
	b.params(m, at, known)
	b.request(m, at, known)
	for i, h := range m.headers {
		m.secrets = m.secrets || h.value.secrets
		if h.name != "Content-Type" && !paceline.AnswerHeader(h.name) {
			b.add(pointer(here, "headers", d.Request.Headers[i].Name), fmt.Sprintf("an answer has no header %s of its own", h.name), "Remove it.")
		}
	}
	for i, p := range m.params {
		if p.def.In == "header" && !paceline.AnswerHeader(p.wire) {
			b.add(pointer(at, "params", i), fmt.Sprintf("an answer has no header %s of its own", p.wire), "Remove it.")
		}
	}
	if m.secrets {
		b.add(at, "the sender of a webhook would be told a secret", "Use properties that are not secret.")
	}
}

// onlyReplies reports what only methods of kind reply have.
func (b *builder) onlyReplies(m *Method, at string) {
	if m.Definition.Reply != nil && m.Definition.Kind != MethodReply {
		b.add(pointer(at, "reply"), "the method answers nobody", "Write kind: reply, or remove the key.")
	}
}

// Replies reports whether the method is of kind reply.
func (m *Method) Replies() bool { return m.Definition.Kind == MethodReply }

// errReplies says that a method is no call.
var errReplies = errors.New("the method calls nothing: it is the answer to a webhook whose sender waits")

// Answer builds what a method of kind reply answers, with a body of at most most bytes.
func (c Call) Answer(ctx context.Context, most int) (Answer, error) {
	m := c.Method
	r := &running{runtime: &Runtime{maxRequest: int64(most)}, Call: c, own: c.Instance, prepared: c.Instance.prepare()}
	if err := r.bind(); err != nil {
		return Answer{}, err
	}
	out, err := r.body(ctx, r.fields())
	if err != nil {
		return Answer{}, err
	}
	if len(out.body) > most {
		return Answer{}, &FullError{most}
	}
	a := Answer{Status: http.StatusOK, Body: out.body, ContentType: firstOf(out.contentType, m.body.contentType), Header: map[string]string{}}
	if d := m.Definition.Reply; d != nil && d.Status != 0 {
		a.Status = d.Status
	}
	set := func(name, text string) error {
		if !isHeaderText(text) {
			return fmt.Errorf("header %s: the value contains a line break or control character", name)
		}
		a.Header[name] = text
		return nil
	}
	for _, h := range m.headers {
		text, missing, err := h.value.text(r)
		if err == nil && !missing {
			err = set(h.name, text)
		}
		if err != nil {
			return Answer{}, fmt.Errorf("header %s: %w", h.name, err)
		}
	}
	for i := range m.params {
		if p := &m.params[i]; p.def.In == "header" && mapping.KindOf(r.values[i]) > mapping.Null {
			if err := set(p.wire, strings.TrimSpace(mapping.Text(r.values[i]))); err != nil {
				return Answer{}, err
			}
		}
	}
	if own := a.Header["Content-Type"]; own != "" {
		a.ContentType = own
	}
	delete(a.Header, "Content-Type")
	return a, nil
}
