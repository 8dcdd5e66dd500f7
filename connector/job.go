package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"

	"paceline"
	"paceline/internal/seal"
	"paceline/mapping"
)

// job is a compiled JobDef.
type job struct {
	values, further   map[string]mapping.Location
	poll, result      string
	every, timeout    time.Duration
	done, failed      *predicate
	message           mapping.Location
	hasMessage, fetch bool
}

// jobState is where a job stands, in a PageState.
type jobState struct {
	Values map[string]string `json:"v,omitempty"`
	Begun  int64             `json:"b,omitempty"` // microseconds
	Fetch  bool              `json:"f,omitempty"` // it is done, and its result is being fetched
	Page   *PageState        `json:"p,omitempty"` // of the result
}

const (
	defaultJobTimeout = 24 * time.Hour
	minJobEvery       = time.Second
)

// ErrJobFailed is behind the *Error of a job that the vendor could not do, or not in time. Asking again does not help.
var ErrJobFailed = errors.New("the job failed")

// Job reports whether the method begins a job of the vendor.
func (m *Method) Job() bool { return m.job != nil }

// jobEnv has the one name of predicates about the answer of a poll.
var jobEnv = sync.OnceValue(func() *cel.Env { return newEnv(cel.Variable("body", cel.DynType)) })

// jobs compiles the jobs of all methods, once these are known.
func (b *builder) jobs() {
	for i := range b.def.Methods {
		def := b.def.Methods[i].Job
		m := b.c.methods[b.def.Methods[i].ID]
		if def == nil || m == nil {
			continue
		}
		at := pointer("/methods", i, "job")
		j := &job{poll: def.Poll.Method, result: def.Result, fetch: def.Result != "", every: duration(def.Poll.Every), timeout: duration(def.Poll.Timeout)}
		if j.timeout == 0 {
			j.timeout = defaultJobTimeout
		}
		if j.every < minJobEvery {
			b.add(pointer(at, "poll", "every"), "a job is asked more often than once a second", "Write 1s or more.")
		}
		if j.timeout < j.every {
			b.add(pointer(at, "poll", "timeout"), "the timeout ends before the first poll", "Write more than every.")
		}
		locations := func(key string, texts map[string]string) map[string]mapping.Location {
			out := make(map[string]mapping.Location, len(texts))
			for name, text := range texts {
				out[name] = b.location(pointer(at, key, name), text)
			}
			return out
		}
		j.values, j.further = locations("values", def.Values), locations("poll/values", def.Poll.Values)
		var failed *mistake
		if j.done, failed = compilePredicate(jobEnv(), def.Poll.Done); failed != nil {
			b.mistake(pointer(at, "poll", "done"), failed)
		}
		if def.Poll.Failed != "" {
			j.failed, failed = compilePredicate(jobEnv(), def.Poll.Failed)
			b.mistake(pointer(at, "poll", "failed"), failed)
		}
		if def.Poll.Message != "" {
			j.message, j.hasMessage = b.location(pointer(at, "poll", "message"), def.Poll.Message), true
		}
		if m.pager != nil || m.batch != nil || m.cursor != nil {
			b.add(at, fmt.Sprintf("the method %s has a job besides pages, a batch or a cursor", m.ID), "Give them to the method of job.result.")
		}
		b.jobMethod(pointer(at, "poll", "method"), j.poll, slices.Sorted(maps.Keys(j.values)))
		if j.fetch {
			b.jobMethod(pointer(at, "result"), j.result, append(slices.Sorted(maps.Keys(j.values)), slices.Sorted(maps.Keys(j.further))...))
		}
		m.job = j
	}
}

// jobMethod checks a method that is called for a job: the values give it all that it needs.
func (b *builder) jobMethod(at, id string, values []string) {
	m := b.c.methods[id]
	if m == nil {
		var ids []string
		for _, m := range b.def.Methods {
			ids = append(ids, m.ID)
		}
		b.add(at, fmt.Sprintf("the method %q does not exist", id), suggestion(id, ids))
		return
	}
	if m.Definition.Job != nil {
		b.add(at, fmt.Sprintf("the method %s begins a job itself", id), "Name a method without a job.")
	}
	if m.Repeat != paceline.RepeatSafe {
		b.add(at, fmt.Sprintf("the method %s may not be repeated", id), "Add repeat: safe to it: it only asks.")
	}
	for _, p := range m.Definition.Params {
		given := p.step || p.In == CredentialPlace || slices.Contains(values, p.Name)
		if p.Required && p.Default == nil && !given {
			b.add(at, fmt.Sprintf("the method %s needs %s, which job.values does not have", id, p.Name), "Add "+p.Name+" with its location to job.values.")
		}
	}
}

// callJob makes the next call of a job: the one that begins it, a question whether it is done, or a page of what it
// made. Result.Next leads to the following one, which is due after Result.After.
func (r *Runtime) callJob(ctx context.Context, c Call) (Result, error) {
	j := c.Method.job
	if c.Page == nil || c.Page.state.Job == nil {
		return r.beginJob(ctx, c)
	}
	was := c.Page.state.Job
	id := j.poll
	if was.Fetch {
		id = j.result
	}
	inner := c
	inner.Method, inner.Page, inner.Inputs, inner.outer = c.Method.connector.Method(id), was.Page, mapping.Inputs{}, c.hidden()
	for _, p := range inner.Method.Definition.Params {
		if v, known := was.Values[p.Name]; known {
			inner.Inputs.Params = append(inner.Inputs.Params, mapping.Param{In: p.In, Name: p.Name, Value: mapping.Quote(v)})
		} else if v := c.Inputs.Param(p.In, p.Name); (p.step || p.In == CredentialPlace) && !mapping.Empty(v) {
			// Who asks is the step, with its own values and the credential that it names.
			inner.Inputs.Params = append(inner.Inputs.Params, mapping.Param{In: p.In, Name: p.Name, Value: v})
		}
	}
	result, err := r.Call(ctx, inner)
	next := *was
	after := func(n jobState, wait time.Duration) (Result, error) {
		result.Next, result.After = &PageState{pageState{Parts: c.Page.Parts() + 1, Job: &n}}, wait
		return result, nil
	}
	switch {
	case err != nil:
		return result, err
	case was.Fetch && result.Next != nil:
		next.Page = result.Next
		return after(next, 0)
	case was.Fetch:
		return result, nil
	}
	body := map[string]any{"body": native(result.Output)}
	said := result.Output
	switch {
	case j.failed != nil && j.failed.holds(body):
		if j.hasMessage {
			v, _ := j.message.Get(said)
			said = []byte(mapping.Text(v))
		}
		return r.jobFailed(ctx, c, result, said, "the job failed")
	case j.done.holds(body) && j.fetch:
		next.Values = maps.Clone(was.Values)
		if next.Values == nil {
			next.Values = map[string]string{}
		}
		maps.Copy(next.Values, readValues(j.further, said))
		next.Fetch, result.Output, result.Rows = true, nil, 0
		return after(next, 0)
	case j.done.holds(body):
		return result, nil
	case r.clock.Now().Sub(time.UnixMicro(was.Begun)) > j.timeout:
		return r.jobFailed(ctx, c, result, said, "the job did not end in time")
	}
	result.Output, result.Rows = nil, 0
	return after(next, j.every)
}

func (r *Runtime) beginJob(ctx context.Context, c Call) (Result, error) {
	result, err := r.once(ctx, c)
	if err != nil {
		return result, err
	}
	state := jobState{Values: readValues(c.Method.job.values, result.Output), Begun: r.clock.Now().UnixMicro()}
	for name := range c.Method.job.values {
		// An answer that the job runs already need not say which it is: the step did.
		for _, p := range c.Method.Definition.Params {
			if v := c.Inputs.Param(p.In, p.Name); state.Values[name] == "" && p.Name == name && !mapping.Empty(v) {
				state.Values[name] = mapping.Text(v)
			}
		}
		if _, known := state.Values[name]; !known {
			return r.jobFailed(ctx, c, result, result.Output, "the answer has no "+name+", by which the job is known")
		}
	}
	result.Output, result.Rows, result.OutputIsResponse = nil, 0, false
	result.Next, result.After = &PageState{pageState{Parts: 1, Job: &state}}, c.Method.job.every
	return result, nil
}

// jobFailed is the failure of a job, told as that of a call.
func (r *Runtime) jobFailed(ctx context.Context, c Call, result Result, said []byte, detail string) (Result, error) {
	result.Output, result.Rows, result.OutputIsResponse = nil, 0, false
	result.TasksOK--
	result.TasksIncident++
	if len(said) > 0 {
		detail += "\r\n" + string(said)
	}
	said = c.maskAll(ctx, []byte(detail)) // masked first: the cut may go through a secret
	detail = strings.ToValidUTF8(string(said[:min(len(said), maxDetail)]), "\ufffd")
	return result, &Error{Class: ClassPermanent, Code: paceline.CodeCallFailed, Detail: detail, Err: ErrJobFailed}
}

// maskAll hides the secrets of the step's account connector, of the one whose credential it uses, and among its inputs.
func (c Call) maskAll(ctx context.Context, text []byte) []byte {
	text = c.Instance.withStep(c.Method, c.Inputs).Mask(text)
	if values := c.hidden(); len(values) > 0 {
		text = seal.NewMasker(values...).Mask(text)
	}
	if failed := c.borrow(ctx); failed == nil {
		text = c.Instance.Mask(text)
	}
	return text
}

func readValues(from map[string]mapping.Location, doc []byte) map[string]string {
	out := make(map[string]string, len(from))
	for name, l := range from {
		if v, _ := l.Get(doc); !mapping.Empty(v) {
			out[name] = mapping.Text(v)
		}
	}
	return out
}
