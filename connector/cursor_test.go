package connector_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"paceline/connector"
	"paceline/connector/connectortest"
)

const cursorMethods = `
methods:
  - id: changed
    name: List Changed
    request: {method: GET, path: /changed, query: {since: "{{cursor.value | date: 'yyyy-MM-ddTHH:mm:ssZ'}}"}}
    paging: {type: token, read: {path: next}, send: {in: query, name: page}}
    cursor: {field: "[items].at", overlap: 60s, dedupe: {key: "[items].id", version: "[items].at"}}
    response: {rows: "[items]"}
  - id: numbered
    name: List Numbered
    request: {method: GET, path: /numbered, query: {after: "{{cursor.value}}"}}
    cursor: {field: "[].id", type: number}
    response: {rows: "[]"}
  - id: timed
    name: List Timed
    request: {method: GET, path: /timed, query: {since: "{{cursor.value | date: 'unix'}}"}}
    cursor: {initial: all, overlap: 10s, dedupe: {key: "[].id"}}
    response: {rows: "[]"}
  - id: linked
    name: List Linked
    request: {method: GET, path: /linked, query: {top: "2"}}
    paging: {type: next_url, read: {path: next}}
    cursor: {type: link, link: changes, dedupe: {key: "[items].id"}}
    response: {rows: "[items]"}
  - id: linked-all
    name: List All Linked
    request: {method: GET, path: /linked}
    cursor: {type: link, link: changes, initial: all}
    response: {rows: "[items]"}
`

// poll makes a whole call with all its pages and returns the ids that came and the new cursor.
func (b *bundle) poll(method string, cursor connector.Cursor) (string, connector.Cursor) {
	b.Helper()
	m := b.compiled.Method(method)
	call := connector.Call{Instance: b.instance, Method: m, Cursor: &cursor, LogRequest: true}
	var ids []string
	for {
		result, err := b.runtime.Call(context.Background(), call)
		if err != nil {
			b.Fatal(err)
		}
		for _, part := range strings.Split(string(result.Output), `"id":`)[1:] {
			ids = append(ids, part[:strings.IndexAny(part, ",}")])
		}
		if call.Page, call.Cursor = result.Next, result.Cursor; call.Page == nil {
			return strings.Join(ids, " "), *result.Cursor
		}
	}
}

func TestCursorMovesToTheGreatestRowAndDropsWhatCameBefore(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+cursorMethods)
	first := b.compiled.Method("changed").FirstCursor(newYear)
	b.remote.On("/changed",
		connectortest.JSON(200, `{"more":{"x":1},"items":[{"id":1,"at":"2027-01-01T00:00:30Z"},{"id":2,"at":"2027-01-01T00:05:00Z"}],"next":"b"}`),
		connectortest.JSON(200, `{"items":[{"id":3,"at":"2027-01-01T00:04:30+00:00"}]}`),
		// Within the overlap 2 and 3 come again, 3 changed meanwhile.
		connectortest.JSON(200, `{"items":[{"id":2,"at":"2027-01-01T00:05:00Z"},{"id":3,"at":"2027-01-01T00:06:00Z"},{"at":"2027-01-01T00:01:00Z"}]}`),
		connectortest.JSON(200, `{"items":[]}`))
	ids, next := b.poll("changed", first)
	if ids != "1 2 3" || next.Value != "2027-01-01T00:05:00Z" {
		t.Fatalf("the first call gave %q and %q", ids, next.Value)
	}
	if len(next.Seen) != 2*16 {
		t.Errorf("it remembers %d rows, want the 2 of the overlap", len(next.Seen)/16)
	}
	ids, after := b.poll("changed", next)
	if ids != "3" || after.Value != "2027-01-01T00:06:00Z" {
		t.Errorf("the second call gave %q and %q", ids, after.Value)
	}
	if _, last := b.poll("changed", after); last.Value != after.Value {
		t.Errorf("an empty answer moved the cursor to %q", last.Value)
	}
	var asked []string
	for _, r := range b.remote.Received() {
		asked = append(asked, r.Path)
	}
	want := []string{
		"/changed?since=2026-12-31T23%3A59%3A00Z", "/changed?since=2026-12-31T23%3A59%3A00Z&page=b",
		"/changed?since=2027-01-01T00%3A04%3A00Z", "/changed?since=2027-01-01T00%3A05%3A00Z",
	}
	if !slices.Equal(asked, want) {
		t.Errorf("it asked %q, want %q", asked, want)
	}
}

func TestCursorOfNumbers(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+cursorMethods)
	b.remote.On("/numbered", connectortest.JSON(200, `[{"id":9},{"id":"10"},{"id":null}]`), connectortest.JSON(200, `[]`))
	ids, next := b.poll("numbered", b.compiled.Method("numbered").FirstCursor(newYear))
	if ids != `9 "10" null` || next.Value != "10" {
		t.Errorf("gave %q and %q", ids, next.Value)
	}
	if _, again := b.poll("numbered", next); again.Value != "10" {
		t.Errorf("the value is %q", again.Value)
	}
	if got := b.remote.Received(); got[0].Path != "/numbered" || got[1].Path != "/numbered?after=10" {
		t.Errorf("it asked %q and %q", got[0].Path, got[1].Path)
	}
}

func TestCursorWithoutAFieldIsTheTimeOfTheCall(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+cursorMethods)
	b.remote.On("/timed", connectortest.JSON(200, `[{"id":1}]`), connectortest.JSON(200, `[{"id":1},{"id":2}]`))
	ids, next := b.poll("timed", b.compiled.Method("timed").FirstCursor(newYear))
	if ids != "1" || next.Value != newYear.Format(time.RFC3339) {
		t.Errorf("gave %q and %q", ids, next.Value)
	}
	b.clock.now = newYear.Add(time.Hour)
	if ids, next = b.poll("timed", next); ids != "2" || next.Value != newYear.Add(time.Hour).Format(time.RFC3339) {
		t.Errorf("gave %q and %q", ids, next.Value)
	}
	if got := b.remote.Received(); got[0].Path != "/timed" || got[1].Path != "/timed?since=1798761590" {
		t.Errorf("it asked %q and %q", got[0].Path, got[1].Path)
	}
}

// TestCursorFollowsTheVendorsLink reads a list to its end for the address of what changes next, and asks that one from then
// on. A link that leads nowhere any more makes the step one that never ran.
func TestCursorFollowsTheVendorsLink(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+cursorMethods)
	b.remote.On("/linked", connectortest.JSON(200, `{"items":[{"id":1}],"next":"/linked?page=2"}`),
		connectortest.JSON(200, `{"items":[{"id":2}],"changes":"/changes?from=1"}`))
	b.remote.On("/changes", connectortest.JSON(200, `{"items":[{"id":2},{"id":3}],"changes":"/changes?from=2"}`),
		connectortest.JSON(200, `{"items":[],"changes":"/changes?from=3"}`),
		connectortest.JSON(410, `{"error":"gone"}`), connectortest.JSON(410, `{"error":"gone"}`))
	want := func(ids, value, gotIDs string, got connector.Cursor) {
		t.Helper()
		if link, _, _ := strings.Cut(got.Value, "#"); gotIDs != ids || link != b.remote.URL+value || got.Moved != "" || got.Begun != 0 {
			t.Errorf("gave %q and %+v, want %q and %q", gotIDs, got, ids, value)
		}
	}
	first := b.compiled.Method("linked").FirstCursor(newYear)
	ids, next := b.poll("linked", first)
	want("", "/changes?from=1", ids, next)
	ids, next = b.poll("linked", next)
	want("3", "/changes?from=2", ids, next) // 2 is known by its key
	ids, next = b.poll("linked", next)
	want("", "/changes?from=3", ids, next)
	b.remote.On("/linked", connectortest.JSON(200, `{"items":[{"id":1},{"id":9}],"changes":"/changes?from=4"}`))
	ids, again := b.poll("linked", next)
	want("", "/changes?from=4", ids, again)
	all := b.compiled.Method("linked-all").FirstCursor(newYear)
	ids, _ = b.poll("linked-all", all)
	if ids != "1 9" || all.Value != "" {
		t.Errorf("a step that begins with all gave %q", ids)
	}
	gone, _, _ := strings.Cut(next.Value, "#")
	ids, again = b.poll("linked-all", connector.Cursor{Value: gone})
	want("1 9", "/changes?from=4", ids, again)
	var asked []string
	for _, r := range b.remote.Received() {
		asked = append(asked, r.Path)
	}
	if got := strings.Join(asked, " "); got != "/linked?top=2 /linked?page=2 /changes?from=1 /changes?from=2 /changes?from=3 /linked?top=2 /linked /changes?from=3 /linked" {
		t.Errorf("it asked %s", got)
	}
}

// TestCursorLinkIsAboutTheStepsValues: a step that asks for something else does not go on with what it asked for before.
func TestCursorLinkIsAboutTheStepsValues(t *testing.T) {
	t.Parallel()
	b := setupText(t, strings.Replace(head, "properties: [", "properties: [{name: Folder, scope: account}, ", 1)+`
methods:
  - id: linked-of
    name: List Linked of Something
    request: {method: GET, path: /of, query: {Of: "{{Folder}}"}}
    cursor: {type: link, link: changes, initial: all}
    response: {rows: "[items]"}
`)
	b.remote.On("/of", connectortest.JSON(200, `{"items":[],"changes":"/of?token=1"}`))
	ask := func(of string, cursor connector.Cursor) connector.Cursor {
		b.instance = &connector.Instance{Compiled: b.compiled, AuthValue: b.instance.AuthValue, Properties: map[string]string{"BaseUrl": b.remote.URL, "Folder": of}}
		_, next := b.poll("linked-of", cursor)
		return next
	}
	next := ask("mail", connector.Cursor{})
	next = ask("mail", next)
	ask("files", next)
	var asked []string
	for _, r := range b.remote.Received() {
		asked = append(asked, r.Path)
	}
	if got := strings.Join(asked, " "); got != "/of?Of=mail /of?token=1 /of?Of=files" {
		t.Errorf("it asked %s", got)
	}
}

// TestCursorLinksThatAreNone fails pages that do not say where to go on, or lead elsewhere.
func TestCursorLinksThatAreNone(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{"items":[{"id":1}]}`, `{"items":[],"changes":7}`, `{"items":[],"changes":"https://elsewhere.example/changes"}`,
		`{"items":[],"changes":"/changes?` + strings.Repeat("x", 17<<10) + `"}`,
	} {
		b := setupText(t, head+cursorMethods)
		b.remote.On("/linked", connectortest.JSON(200, answer))
		cursor := b.compiled.Method("linked").FirstCursor(newYear)
		result, err := b.runtime.Call(t.Context(), connector.Call{Instance: b.instance, Method: b.compiled.Method("linked"), Cursor: &cursor})
		if err == nil || result.Cursor != nil || result.TasksOK != 0 || result.TasksIncident != 1 {
			t.Errorf("%s gave %v, %v", shortOf(answer), result.Cursor, err)
		}
	}
	b := setupText(t, head+cursorMethods)
	b.remote.On("/linked", connectortest.JSON(410, `{}`))
	cursor := connector.Cursor{}
	if _, err := b.runtime.Call(t.Context(), connector.Call{Instance: b.instance, Method: b.compiled.Method("linked"), Cursor: &cursor}); err == nil || len(b.remote.Received()) != 1 {
		t.Errorf("a list that is gone: %v after %d calls", err, len(b.remote.Received()))
	}
}

func shortOf(text string) string { return text[:min(len(text), 60)] }

// TestCursorIsBounded: a cursor never remembers more than fifty thousand rows, and callers without one get all.
func TestCursorIsBounded(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+cursorMethods)
	b.remote.On("/timed", connectortest.JSON(200, "["+strings.Repeat(`{"id":1},`, 3)+`{"id":2}]`))
	result, failed := b.call("timed")
	if failed != nil || result.Rows != 4 || result.Cursor != nil {
		t.Errorf("without a cursor: %d rows, cursor %v, %v", result.Rows, result.Cursor, failed)
	}
	var many strings.Builder
	for i := range 52_000 {
		if i > 0 {
			many.WriteByte(',')
		}
		many.WriteString(`{"id":` + strconv.Itoa(i) + `}`)
	}
	b.remote.On("/timed", connectortest.JSON(200, "["+many.String()+"]"))
	_, next := b.poll("timed", connector.Cursor{})
	if n := len(next.Seen) / 16; n != 50_000 {
		t.Errorf("it remembers %d rows", n)
	}
}

func TestCursorLint(t *testing.T) {
	t.Parallel()
	method := func(rest string) string {
		return head + "methods:\n  - {id: m, name: M, request: {method: GET, path: /m, query: {since: \"{{cursor.value}}\"}}, " + rest + "}\n"
	}
	for _, c := range []struct{ text, want string }{
		{method(`cursor: {field: "[a].x"}`), "no rows"},
		{method(`response: {rows: "[a]"}, cursor: {field: "[b].x"}`), "does not lie in the rows"},
		{method(`response: {rows: "[a]"}, cursor: {type: number}`), "without a field"},
		{method(`response: {rows: "[a]"}, cursor: {field: "[a].x", type: number, initial: now}`), "only a cursor of type datetime"},
		{method(`response: {rows: "[a]"}, cursor: {field: "[a].x", type: number, initial: soon}`), "is not a number"},
		{method(`response: {rows: "[a]"}, cursor: {field: "[a].x", type: text, overlap: 1s}`), "has an overlap"},
		{method(`response: {rows: "[a]"}`), "cursor.value"},
		{method(`response: {rows: "[a]"}, cursor: {type: link, link: next}`), "an address of its own"},
		{strings.Replace(method(`response: {rows: "[a]"}, cursor: {type: link}`), "{{cursor.value}}", "x", 1), "lacks the key \"link\""},
		{strings.Replace(method(`response: {rows: "[a]"}, cursor: {type: link, link: next, field: "[a].x"}`), "{{cursor.value}}", "x", 1), "has a field"},
		{strings.Replace(method(`response: {rows: "[a]"}, cursor: {type: link, link: next, initial: soon}`), "{{cursor.value}}", "x", 1), "begins with all, or now"},
		{method(`response: {rows: "[a]"}, cursor: {link: next, field: "[a].x"}`), "has a link"},
		{strings.Replace(method(`response: {rows: "[a]"}, cursor: {field: "[a].x"}`), "{{cursor.value}}", "x", 1), "does not mention"},
	} {
		problems := connector.Lint("x", []byte(c.text))
		if !slices.ContainsFunc(problems, func(p connector.Problem) bool { return strings.Contains(p.Message, c.want) && p.Line > 0 }) {
			t.Errorf("%s\ngives %v, want %q", c.text, problems, c.want)
		}
	}
}
