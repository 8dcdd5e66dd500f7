package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/mapping"
	"paceline/script"
)

// allocated runs f and returns how many bytes it took from the memory in all. The test must not be parallel.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// long is a name of 100 KB, and thousand a list of a thousand values: together 100 MB where the name repeats.
var (
	long     = strings.Repeat("k", 100_000)
	thousand = "[" + strings.Repeat("1,", 999) + "1]"
)

// one fills a template with one value.
type one struct{ val }

func (o one) lookup(*ref) val { return o.val }

// TestBuildersStopAtTheirBound: what some hundred KB ask for a hundred MB of is refused while it is written.
func TestBuildersStopAtTheirBound(t *testing.T) { // alone, since it measures
	const most = 1 << 20
	body := func(format string, def RequestDef, doc string) func() error {
		return func() error {
			in := mapping.Inputs{Fields: []mapping.Field{{Value: mapping.Value(doc)}}}
			_, err := bodyFormats[format].build(&Method{Definition: &MethodDef{Request: def}}, &in, &room{ctx: t.Context(), most: most})
			return err
		}
	}
	var columns strings.Builder
	for i := range maxColumns {
		fmt.Fprintf(&columns, `"c%d":1,`, i)
	}
	repeats := &template{}
	for range maxTemplateParts {
		repeats.parts = append(repeats.parts, part{expr: &expr{operand: operand{ref: &ref{}}}})
	}
	list := val{kind: listVal, list: make([]string, 1000)}
	empties := `{"` + long + `":[` + strings.Repeat("{},[],null,", 3000) + `{}]}`
	for name, c := range map[string]struct {
		do   func() error
		full bool // the error is one of room; else of the address or a filter
		none bool
	}{
		"form":                   {do: body("form", RequestDef{}, `{"`+long+`":`+thousand+`}`), full: true},
		"form of nothing":        {do: body("form", RequestDef{}, empties), none: true},
		"form of names in names": {do: body("form", RequestDef{}, strings.Repeat(`{"kkkkkkkkkkkkkkkkkkkk":`, 500)+strings.Repeat("1", 20)+strings.Repeat("}", 500)), none: true},
		"xml":                    {do: body("xml", RequestDef{Root: "R"}, `{"`+long+`":`+thousand+`}`), full: true},
		"xml of nothing":         {do: body("xml", RequestDef{Root: "R"}, `{"`+long+`":[`+strings.Repeat("[],", 100_000)+`[]]}`), none: true},
		"xml of members":         {do: body("xml", RequestDef{Root: "R"}, `{"`+long+`":[`+strings.Repeat(`{"a":1},`, 1000)+`{}]}`), full: true},
		"soap":                   {do: body("soap", RequestDef{}, `{"Body":{"`+long+`":`+thousand+`}}`), full: true},
		"csv":                    {do: body("csv", RequestDef{}, `[{`+strings.TrimSuffix(columns.String(), ",")+`}`+strings.Repeat(",{}", 20_000)+`]`), full: true},
		"multipart":              {do: body("multipart", RequestDef{}, `{"`+long+`":`+thousand+`}`), full: true},
		"multipart_related":      {do: body("multipart_related", RequestDef{Fields: []FieldDef{{Loc: "[files]", Type: paceline.TypeFile}}}, `{"files":[`+strings.Repeat("1,", 500_000)+`1]}`), full: true},
		"text":                   {do: func() error { _, _, err := repeats.within(nil, one{textVal(long)}, most); return err }, full: true},
		"a join":                 {do: func() error { _, err := filterJoin(list, []val{textVal(long)}); return err }},
		"a split": {do: func() error {
			_, err := filterSplit(textVal(strings.Repeat(" ", maxSplit)), []val{textVal(" ")})
			return err
		}},
		"query":                   {do: func() error { _, err := appendQuery(nil, long[:10_000], mapping.Value(thousand)); return err }},
		"query of one long value": {do: func() error { _, err := appendQuery(nil, "q", mapping.Quote(long)); return err }},
	} {
		var err error
		size := allocated(func() { err = c.do() })
		_, full := errors.AsType[*FullError](err)
		if (err == nil) != c.none || full != c.full {
			t.Errorf("%s: ended with %v", name, err)
		}
		if size > 32<<20 {
			t.Errorf("%s: took %d MiB of memory", name, size>>20)
		}
	}
}

// TestHeadersOfScriptsAreCounted: too many are refused before the first is set.
func TestHeadersOfScriptsAreCounted(t *testing.T) {
	t.Parallel()
	headers := map[string]json.RawMessage{}
	for i := range maxHeaders + 1 {
		headers[fmt.Sprintf("X-%d", i)] = json.RawMessage(`"1"`)
	}
	var o outgoing
	if err := o.setScripted(headers); err != errManyHeaders || len(o.headers) > 0 {
		t.Errorf("%v with %d headers set", err, len(o.headers))
	}
	if err := o.setScripted(map[string]json.RawMessage{"X-A": json.RawMessage(mapping.Quote(long))}); err != errManyHeaders || len(o.headers) > 0 {
		t.Errorf("%v with %d headers set", err, len(o.headers))
	}
	o.headers = []pair{{"X-A", long}}
	if err := o.fits(); err != errManyHeaders {
		t.Error(err)
	}
}

// echoes is a storage whose answers are large.
type echoes struct {
	calls  int
	answer json.RawMessage
}

func (e *echoes) Do(context.Context, StorageCall) (json.RawMessage, error) {
	e.calls++
	return e.answer, nil
}

// asking is a script's host over a storage.
func asking(s ScriptStorage, asked []Asked) *scriptHost {
	i := &Instance{Partner: 1, Account: 1, Compiled: &Compiled{Definition: &Definition{}}}
	c := &running{runtime: &Runtime{storage: s}, own: i, prepared: &prepared{remembered: newRemembered()}, asked: asked}
	return &scriptHost{running: c, event: script.BeforeAction}
}

// TestWhatScriptsAskedForIsBounded: a thousand large answers are not kept, and a step that has to wait then fails.
func TestWhatScriptsAskedForIsBounded(t *testing.T) {
	t.Parallel()
	s := &echoes{answer: json.RawMessage(mapping.Quote(long))}
	h := asking(s, nil)
	for i := range 1000 {
		args := json.RawMessage(fmt.Sprintf(`["key %d","%s"]`, i, long))
		if got, err := h.Call(t.Context(), "cyclr_storage_append", args); err != nil || len(got) != len(s.answer) {
			t.Fatal(err)
		}
		if n := sizeOf(h.asked); n > maxAsked {
			t.Fatalf("%d bytes are kept after %d calls", n, i+1)
		}
	}
	if s.calls != 1000 || h.result.TasksOK != 1000 {
		t.Errorf("%d calls, %d tasks", s.calls, h.result.TasksOK)
	}
	wait := &Error{Class: ClassThrottled, Code: paceline.CodeThrottled, Waiting: true, RetryAfter: time.Minute}
	if got := (&scripted{running: h.running}).waitsWith(script.BeforeAction, wait); got.Code != paceline.CodeScriptFailed || h.result.Asked != nil {
		t.Errorf("the wait became %v, and keeps %d", got, len(h.result.Asked))
	}
	h.keepAsked(&Error{Class: ClassThrottled})
	if h.result.Asked != nil {
		t.Error("half of what was done is kept")
	}
}

// TestLongArgumentsAreKnownAgain: of long arguments a digest is kept, by which also those are found that an earlier release
// kept whole.
func TestLongArgumentsAreKnownAgain(t *testing.T) {
	t.Parallel()
	args := json.RawMessage(`["key","` + long + `"]`)
	for name, what := range map[string]string{"this release": about("cycle_storage_set", args), "an earlier one": "cycle_storage_set " + string(args)} {
		s := &echoes{answer: json.RawMessage("1")}
		h := asking(s, []Asked{{Event: "before_action", What: what, Answer: json.RawMessage("2")}})
		if got, err := h.Call(t.Context(), "cycle_storage_set", args); err != nil || string(got) != "2" || s.calls > 0 {
			t.Errorf("%s: answered %s, %v, with %d calls", name, got, err, s.calls)
		}
	}
	h := asking(&echoes{answer: json.RawMessage("1")}, nil)
	h.Call(t.Context(), "cycle_storage_set", args)
	if n := len(h.asked[0].What); n > maxWhat {
		t.Errorf("%d bytes name what was asked for", n)
	}
	other := json.RawMessage(`["key","` + long + `!"]`)
	if about("cycle_storage_set", args) == about("cycle_storage_set", other) {
		t.Error("two calls have one name")
	}
}

// TestLongKeysOfStorage: arguments that no storage takes do not come as far as one.
func TestLongKeysOfStorage(t *testing.T) {
	t.Parallel()
	s := &echoes{}
	h := asking(s, nil)
	_, err := h.Call(t.Context(), "cyclr_storage_get", json.RawMessage(`["`+strings.Repeat("k", maxStorageArgs)+`"]`))
	if !errors.Is(err, errStorageArgs) || s.calls > 0 || h.result.TasksIncident != 1 || sizeOf(h.asked) > 1000 {
		t.Errorf("ended with %v, %d calls, %d incidents, %d bytes kept", err, s.calls, h.result.TasksIncident, sizeOf(h.asked))
	}
}

// TestLogOfScriptsRequests: no more is kept of what scripts send and get than the log takes.
func TestLogOfScriptsRequests(t *testing.T) {
	t.Parallel()
	h := asking(nil, nil)
	h.LogRequest, h.runtime.clock = true, paceline.SystemClock{}
	big := []byte(strings.Repeat("x", 1<<20))
	for _, scripted := range []bool{true, false} {
		o := &outgoing{method: http.MethodPost, url: mustURL("https://a.example"), body: big, scripted: scripted}
		h.record(o, &answer{body: big}, time.Now())
	}
	cut, whole := h.result.Exchanges[0], h.result.Exchanges[1]
	if len(cut.Request) != maxLogged || cap(cut.Request) > 2*maxLogged || len(cut.Response) != maxLogged || cap(cut.Response) > 2*maxLogged {
		t.Errorf("kept %d and %d bytes", cap(cut.Request), cap(cut.Response))
	}
	next := (&outgoing{method: http.MethodGet, url: mustURL("https://a.example"), scripted: true}).redirected(&answer{status: 302, header: http.Header{"Location": {"/b"}}})
	if next == nil || !next.scripted {
		t.Error("what a redirect leads to is no longer the script's")
	}
	if len(whole.Request) < len(big) || len(whole.Response) != len(big) {
		t.Errorf("of the step's own call %d and %d bytes", len(whole.Request), len(whole.Response))
	}
}
