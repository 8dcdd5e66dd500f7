package worker

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"modernc.org/quickjs"

	"paceline"
	"paceline/script"
	"paceline/script/wire"
)

//go:embed boot.js
var bootSource string

// bootLine is the line that boot.js and libraries begin on, so that their frames in a stack are told from the
// script's, which is too short to have as many lines.
const bootLine = 2_100_000

// run is one run: the sources one after the other, each in a machine of its own.
type run struct {
	worker   *worker
	head     *wire.Head
	deadline time.Time
	codes    []string // of the sources
	globals  json.RawMessage
	logged   int
	calls    int
	storage  int
	stored   int // bytes
	level    string
	source   int
	result   []byte
	done     wire.Head
}

// over is panicked with when a limit ends the run: it goes through the engine, which runs no more of the script.
type over struct{ limit string }

// run serves one run and reports whether the process may go on.
func (w *worker) run(m message) bool {
	r := &run{
		worker: w, head: &m.head, globals: m.body,
		deadline: paceline.SystemClock{}.Now().Add(time.Duration(m.head.Wall) * time.Microsecond),
	}
	for _, source := range m.head.Sources {
		size := min(max(source.Size, 0), len(r.globals))
		r.codes, r.globals = append(r.codes, string(r.globals[:size])), r.globals[size:]
	}
	if len(r.globals) == 0 {
		r.globals = json.RawMessage("{}")
	}
	r.done.Kind = wire.KindDone
	w.send(&wire.Head{Kind: wire.KindBegun})
	r.sources()
	if e := r.done.Error; e != nil && e.Limit != "" {
		r.done.Retire = true
		r.globals, r.result = nil, nil
	}
	if m.head.Measure {
		r.done.Memory = peak(w.status)
	}
	r.done.Result = len(r.result)
	w.send(&r.done, r.result, r.globals)
	if r.done.Retire {
		return false
	}
	w.tidy()
	w.prepare()
	return true
}

// sources runs all of them, until one fails or says false.
func (r *run) sources() {
	defer func() {
		// A panic of the engine itself leaves nothing that can be trusted.
		if p := recover(); p != nil {
			r.done.Error = &wire.Error{Limit: script.LimitWorker, Level: r.level, Source: r.source}
			if o, ok := p.(over); ok {
				r.done.Error.Limit = o.limit
			}
		}
	}()
	values := []byte{'['}
	for i, s := range r.head.Sources {
		r.level, r.source = s.Level, i
		handled, value, e := r.one(r.codes[i])
		if e == nil || e.Limit == "" {
			r.leave()
		}
		if e != nil {
			e.Level, e.Source = r.level, r.source
			r.done.Error = e
			return
		}
		r.done.Handled = r.done.Handled || handled
		switch {
		case r.head.Inline:
			if i > 0 {
				values = append(values, ',')
			}
			if value == "" {
				value = "null"
			}
			if len(values)+len(value) > r.head.Output {
				panic(over{script.LimitOutput})
			}
			values = append(values, value...)
			r.result = append(values, ']')
		case handled:
			r.result = []byte(value)
			if value == "false" {
				return
			}
		}
	}
}

// one runs one source. value is what its function returned, as JSON; "" for undefined.
func (r *run) one(code string) (handled bool, value string, e *wire.Error) {
	m := r.machine()
	vm := m.vm
	vm.SetMemoryLimit(uintptr(r.head.Heap))
	if r.head.CheckOnly {
		if r.head.Inline {
			_, e = m.function(code)
			return false, "", e
		}
		if _, err := vm.Compile(code, quickjs.EvalGlobal); err != nil {
			return false, "", m.failure(err)
		}
		return false, "", nil
	}
	if e := m.begin(); e != nil {
		return false, "", e
	}
	if e := m.libraries(code); e != nil {
		return false, "", e
	}
	program, e := m.program(code)
	if e != nil {
		return false, "", e
	}
	handler := program
	if !r.head.Inline {
		name := r.head.Event
		if handler, e = m.eval("typeof " + name + "==='function'?" + name + ":undefined"); e != nil {
			return false, "", e
		}
		if handler.IsUndefined() {
			return false, "", nil
		}
	}
	if value, e = m.call(handler); e != nil {
		return true, "", e
	}
	if !r.head.Inline {
		text, e := m.text("globals")
		if e != nil {
			return true, "", e
		}
		if r.globals, e = m.merged(text); e != nil {
			return true, "", e
		}
	}
	return true, value, nil
}

// program runs a script, or makes an inline one a function.
func (m *machine) program(code string) (v quickjs.Value, e *wire.Error) {
	if !m.run.head.Inline {
		return m.eval(code)
	}
	compiled, e := m.function(code)
	if e != nil {
		return v, e
	}
	m.remaining()
	if v, err := m.vm.EvalBytecodeValue(compiled); err == nil {
		return m.hold(v), nil
	} else {
		return v, m.failure(err)
	}
}

// function compiles an inline script as a function. What is no expression counts as statements only if one of them returns,
// outside of functions of their own: other statements would give no value, and nobody would know why.
func (m *machine) function(code string) ([]byte, *wire.Error) {
	compiled, err := m.vm.Compile("(function(){return (\n"+code+"\n)})", quickjs.EvalGlobal)
	if err == nil {
		return compiled, nil
	}
	if e := m.failure(err); !e.Syntax || !script.Mentions(code, "return") {
		return nil, e
	} else if _, err := m.vm.Compile("\n"+code, quickjs.EvalGlobal); err == nil {
		return nil, e
	}
	if compiled, err = m.vm.Compile("(function(){\n"+code+"\n})", quickjs.EvalGlobal); err != nil {
		return nil, m.failure(err)
	}
	return compiled, nil
}

// call calls the function of the script and returns what it gave back, as JSON.
func (m *machine) call(handler quickjs.Value) (string, *wire.Error) {
	m.remaining()
	status, err := m.api.Call(quickjs.UndefinedValue, "call", handler)
	if err != nil {
		return "", m.failure(err)
	}
	for status == "pending" {
		m.remaining()
		ran, err := m.vm.ExecutePendingJobs()
		if err != nil {
			if failed := m.failure(err); failed.Limit != "" {
				return "", failed
			}
		}
		m.remaining()
		// The engine stops after so many: there may be more.
		if status, err = m.api.Call(quickjs.UndefinedValue, "status", ran >= jobsAtOnce); err != nil {
			return "", m.failure(err)
		}
	}
	if status != "done" {
		text, e := m.text("error")
		if e != nil {
			return "", e
		}
		var told struct {
			Name, Message, Stack string
			Memory               bool
		}
		if json.Unmarshal([]byte(text), &told) != nil {
			told.Message = "an error that can not be shown"
		}
		if told.Memory {
			return "", &wire.Error{Limit: script.LimitMemory}
		}
		return "", m.describe(told.Name, told.Message, told.Stack)
	}
	return m.text("result")
}

// jobsAtOnce is how many jobs of promises the engine runs before it asks whether to go on.
const jobsAtOnce = 1 << 20

// text calls one of boot.js's functions that give text.
func (m *machine) text(name string) (string, *wire.Error) {
	m.remaining()
	v, err := m.api.Call(quickjs.UndefinedValue, name, m.run.head.Output)
	if err != nil {
		return "", m.failure(err)
	}
	text, ok := v.(string)
	if !ok {
		return "", nil
	}
	if len(text) > m.run.head.Output {
		panic(over{script.LimitOutput})
	}
	return text, nil
}

// merged returns the globals after the run: those that did not change as they came.
func (m *machine) merged(text string) (json.RawMessage, *wire.Error) {
	if len(m.careful) == 0 {
		return json.RawMessage(text), nil
	}
	names, e := m.text("kept")
	if e != nil {
		return nil, e
	}
	var kept []string
	if err := json.Unmarshal([]byte(names), &kept); err != nil {
		return nil, m.failure(err)
	}
	out := []byte(strings.TrimSuffix(text, "}"))
	for name, value := range members(m.run.globals) {
		if slices.Contains(kept, name) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			quoted, _ := json.Marshal(name)
			out = append(append(append(out, quoted...), ':'), value...)
		}
	}
	if len(out) >= m.run.head.Output {
		panic(over{script.LimitOutput})
	}
	return append(out, '}'), nil
}

// failure translates what the engine reports.
func (m *machine) failure(err error) *wire.Error {
	e, ok := err.(*quickjs.Error)
	if !ok {
		return m.describe("Error", err.Error(), "")
	}
	name, message := e.Name, e.Message
	if name == "" && message == "" {
		message = e.Error()
	}
	return m.describe(name, message, e.Stack)
}

// describe makes an error of texts that the script may have chosen.
func (m *machine) describe(name, message, stack string) *wire.Error {
	if !m.run.deadline.After(paceline.SystemClock{}.Now()) {
		return &wire.Error{Limit: script.LimitTime}
	}
	if name == "" && message == "null" {
		message = noMemoryLeft
	}
	e := &wire.Error{Name: short(name, wire.MaxTold), Message: short(message, wire.MaxTold)}
	if name == "InternalError" && message == "out of memory" {
		e.Limit = script.LimitMemory
	}
	e.Line, e.Column = place(stack)
	e.Syntax = name == "SyntaxError" && e.Line > 0 && strings.HasPrefix(strings.TrimLeft(stack, " "), "at <eval>:")
	if m.run.head.Inline && e.Line > 1 {
		e.Line-- // of the wrapping
	}
	return e
}

// noMemoryLeft tells of a null that was thrown: the engine does that, too, where not even an error fits in.
const noMemoryLeft = "null was thrown, as happens where a script has no memory left for an error"

// place finds the first line of the script in a stack.
func place(stack string) (line, column int) {
	stack = short(stack, 10_000)
	for frame := range strings.SplitSeq(stack, "\n") {
		_, at, ok := strings.Cut(frame, "<eval>:")
		if !ok {
			continue
		}
		a, b, _ := strings.Cut(strings.TrimRight(at, ")"), ":")
		l, err := strconv.Atoi(a)
		if err != nil || l < 1 || l >= bootLine {
			continue
		}
		c, err := strconv.Atoi(b)
		if err != nil || c < 0 {
			c = 0
		}
		return l, c
	}
	return 0, 0
}

func short(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
