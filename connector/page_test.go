package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/connectortest"
)

// pagedDefinition is a list method with the paging, a mapping in YAML.
func pagedDefinition(paging string) string {
	return head + `
methods:
  - id: list
    name: List
    request: {method: GET, path: /list, query: {q: x}}
    response: {rows: "[data]"}
    paging: ` + paging + "\n"
}

// TestPages plays each kind of pager to its end, the state of each page passing through JSON as it does
// when the server dies in between.
func TestPages(t *testing.T) {
	t.Parallel()
	page := func(rest string, ids ...int) connectortest.Behaviour {
		rows := make([]string, len(ids))
		for i, id := range ids {
			rows[i] = fmt.Sprintf(`{"id":%d}`, id)
		}
		return connectortest.JSON(200, `{"data":[`+strings.Join(rows, ",")+`]`+rest+`}`)
	}
	link := func(text string, ids ...int) connectortest.Behaviour {
		inner := page("", ids...)
		return func(w http.ResponseWriter, r *http.Request) {
			if text != "" {
				w.Header().Add("Link", text)
			}
			inner(w, r)
		}
	}
	cases := []struct {
		name    string
		paging  string
		answers []connectortest.Behaviour
		want    []string // requests
		rows    int
		err     error
	}{
		{"page ends with a small page", `{type: page, send: {in: query, name: page}, size: {in: query, name: per, value: 2}}`,
			[]connectortest.Behaviour{page("", 1, 2), page("", 3)},
			[]string{"/list?q=x&page=1&per=2", "/list?q=x&page=2&per=2"}, 3, nil},
		{"page ends without rows", `{type: page, start: 0, send: {in: query, name: page}}`,
			[]connectortest.Behaviour{page("", 1), page("", 2), page("")},
			[]string{"/list?q=x&page=0", "/list?q=x&page=1", "/list?q=x&page=2"}, 2, nil},
		{"a stop rule makes small pages harmless", `{type: page, send: {in: query, name: page}, size: {in: query, name: per, value: 9}, stop: [{when: "body.page >= body.pages"}]}`,
			[]connectortest.Behaviour{page(`,"page":1,"pages":2`, 1), page(`,"page":2,"pages":2`, 2)},
			[]string{"/list?q=x&page=1&per=9", "/list?q=x&page=2&per=9"}, 2, nil},
		{"offset grows by the rows that came", `{type: offset, send: {in: query, name: skip}, size: {in: query, name: top, value: 3}, stop: [{when: "body.last"}]}`,
			[]connectortest.Behaviour{page("", 1, 2, 3), page("", 4, 5), page(`,"last":true`, 6)},
			[]string{"/list?q=x&skip=0&top=3", "/list?q=x&skip=3&top=3", "/list?q=x&skip=5&top=3"}, 6, nil},
		{"offset grows by the bytes that came", `{type: offset, unit: bytes, start: 5, send: {in: query, name: at}, size: {in: query, name: length, value: 100}}`,
			[]connectortest.Behaviour{page("", 1, 2), page("", 3), page("")},
			[]string{"/list?q=x&at=5&length=100", "/list?q=x&at=33&length=100", "/list?q=x&at=52&length=100"}, 3, nil},
		{"token from the body", `{type: token, read: {path: next.cursor}, send: {in: query, name: after}, size: {in: query, name: limit, value: 2}}`,
			[]connectortest.Behaviour{page(`,"next":{"cursor":"a&b"}`, 1), page(`,"next":{"cursor":7}`, 2), page(`,"next":{"cursor":""}`, 3)},
			[]string{"/list?q=x&limit=2", "/list?q=x&after=a%26b&limit=2", "/list?q=x&after=7&limit=2"}, 3, nil},
		{"two tokens, of which one may be missing", `{type: token, read: [{path: a}, {path: b}], send: [{in: query, name: a}, {in: query, name: b}]}`,
			[]connectortest.Behaviour{page(`,"a":"1","b":"2"`, 1), page(`,"a":"3"`, 2), page(`,"b":"9"`, 3)},
			[]string{"/list?q=x", "/list?q=x&a=1&b=2", "/list?q=x&a=3"}, 3, nil},
		{"next_url, relative and whole", `{type: next_url, read: {path: next}, size: {in: query, name: limit, value: 1}}`,
			[]connectortest.Behaviour{page(`,"next":"/list?cursor=2"`, 1), page(`,"next":"HOST/list?cursor=3#x"`, 2), page(`,"next":null`, 3)},
			[]string{"/list?q=x&limit=1", "/list?cursor=2", "/list?cursor=3"}, 3, nil},
		{"link_header", `{type: link_header, size: {in: query, name: per_page, value: 1}}`,
			[]connectortest.Behaviour{link(`</list?page=9,;>; rel="last", </list?page=2>; title="a, b; rel=x"; rel="prefetch next"`, 1), link(`</list?page=1>; rel=prev`, 2)},
			[]string{"/list?q=x&per_page=1", "/list?page=2"}, 2, nil},
		{"last_record", `{type: last_record, read: {path: "[data].id"}, send: {in: query, name: starting_after}, stop: [{when: "body.has_more != true"}]}`,
			[]connectortest.Behaviour{page(`,"has_more":true`, 1, 2), page(`,"has_more":false`, 3)},
			[]string{"/list?q=x", "/list?q=x&starting_after=2"}, 3, nil},
		{"none", `none`, []connectortest.Behaviour{page(`,"next":"/list?x"`, 1)}, []string{"/list?q=x"}, 1, nil},

		{"a repeated token", `{type: token, read: {path: next}, send: {in: query, name: after}}`,
			[]connectortest.Behaviour{page(`,"next":"a"`, 1)}, []string{"/list?q=x", "/list?q=x&after=a"}, 2, connector.ErrPageRepeated},
		{"tokens in a circle", `{type: token, read: {path: next}, send: {in: query, name: after}}`,
			[]connectortest.Behaviour{page(`,"next":"a"`), page(`,"next":"b"`), page(`,"next":"c"`), page(`,"next":"a"`), page(`,"next":"b"`), page(`,"next":"c"`), page(`,"next":"a"`)},
			[]string{"/list?q=x", "/list?q=x&after=a", "/list?q=x&after=b", "/list?q=x&after=c", "/list?q=x&after=a", "/list?q=x&after=b", "/list?q=x&after=c"}, 0, connector.ErrPageRepeated},
		{"an address that leads to itself", `{type: next_url, read: {path: next}}`,
			[]connectortest.Behaviour{page(`,"next":"/list?q=x"`, 1)}, []string{"/list?q=x", "/list?q=x"}, 2, connector.ErrPageRepeated},
		{"a remote that does not know the parameter", `{type: page, send: {in: query, name: page}}`,
			[]connectortest.Behaviour{page("", 1, 2)}, []string{"/list?q=x&page=1", "/list?q=x&page=2"}, 4, connector.ErrPageRepeated},
		{"maxPages", `{type: page, send: {in: query, name: page}, maxPages: 2}`,
			[]connectortest.Behaviour{page("", 1), page("", 2), page("", 3)}, []string{"/list?q=x&page=1", "/list?q=x&page=2"}, 2, connector.ErrTooManyPages},
		{"maxRows", `{type: page, send: {in: query, name: page}, maxRows: 3}`,
			[]connectortest.Behaviour{page("", 1, 2), page("", 3, 4), page("", 5)}, []string{"/list?q=x&page=1", "/list?q=x&page=2"}, 4, connector.ErrTooManyRows},
		{"an address elsewhere", `{type: next_url, read: {path: next}}`,
			[]connectortest.Behaviour{page(`,"next":"https://evil.example/list"`, 1)}, []string{"/list?q=x"}, 1, connector.ErrPageAddress},
		{"an address with a user", `{type: next_url, read: {path: next}}`,
			[]connectortest.Behaviour{page(`,"next":"//a@evil.example/"`, 1)}, []string{"/list?q=x"}, 1, connector.ErrPageAddress},
		{"another scheme", `{type: link_header}`,
			[]connectortest.Behaviour{link(`<file:///etc/passwd>; rel=next`, 1)}, []string{"/list?q=x"}, 1, connector.ErrPageAddress},
		{"a token that is none", `{type: token, read: {path: next}, send: {in: query, name: after}}`,
			[]connectortest.Behaviour{page(`,"next":{"a":1}`, 1)}, []string{"/list?q=x"}, 1, connector.ErrPageUnread},
		{"an address that is none", `{type: next_url, read: {path: next}}`,
			[]connectortest.Behaviour{page(`,"next":5`, 1)}, []string{"/list?q=x"}, 1, connector.ErrPageUnread},
		{"a last row without its id", `{type: last_record, read: {path: "[data].key"}, send: {in: query, name: after}}`,
			[]connectortest.Behaviour{page("", 1)}, []string{"/list?q=x"}, 1, connector.ErrPageUnread},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setupText(t, pagedDefinition(c.paging))
			b.remote.On("/list", c.answers...)
			if strings.Contains(c.name, "whole") {
				b.remote.On("/list", c.answers[0], page(`,"next":"`+b.remote.URL+`/list?cursor=3#x"`, 2), c.answers[2])
			}
			call := connector.Call{Instance: b.instance, Method: b.compiled.Method("list")}
			rows, ok, bad := 0, 0, 0
			var err error
			for n := 1; ; n++ {
				var result connector.Result
				result, err = b.runtime.Call(context.Background(), call)
				rows, ok, bad = rows+result.Rows, ok+result.TasksOK, bad+result.TasksIncident
				if err != nil || result.Next == nil {
					break
				}
				if result.Next.Parts() != n || result.Next.Rows() != rows {
					t.Errorf("page %d has %d parts and %d rows, want %d", n, result.Next.Parts(), result.Next.Rows(), rows)
				}
				kept, _ := json.Marshal(result.Next)
				call.Page = &connector.PageState{}
				if err := json.Unmarshal(kept, call.Page); err != nil || len(kept) > 500 {
					t.Fatal(err, len(kept))
				}
			}
			if !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Fatalf("ended with %v, want %v", err, c.err)
			}
			var got []string
			for _, r := range b.remote.Received() {
				got = append(got, r.Path)
				if r.Header.Get("X-Api-Key") != "secret-key-1" {
					t.Errorf("the page %s was asked for without the key", r.Path)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if rows != c.rows || ok+bad != len(got) || (bad == 1) != (c.err != nil) {
				t.Errorf("%d rows, want %d; %d tasks and %d incidents of %d calls", rows, c.rows, ok, bad, len(got))
			}
		})
	}
}

// TestPagesInHeadersAndBodies sends the page's values where the definition says, and the key in the query once.
func TestPagesInHeadersAndBodies(t *testing.T) {
	t.Parallel()
	text := strings.Replace(head, "apply: {in: header, name: X-Api-Key", "apply: {in: query, name: api key", 1) + `
pagers:
  body: {type: token, read: {from: header, name: X-Next}, send: {in: body, name: page.after}, size: {in: body, name: page.limit, value: 5}}
  address: {type: next_url, default: true, read: {path: next}}
  heads: {type: page, send: {in: header, name: X-Page}}
methods:
  - id: search
    name: Search
    repeat: safe
    request: {method: POST, path: /search, fields: [{loc: text, default: a}]}
    response: {rows: "[data]"}
    paging: {use: body}
  - {id: list, name: List, request: {method: GET, path: /list}, response: {rows: "[data]"}}
  - {id: one, name: One, request: {method: GET, path: /list}}
  - {id: whole, name: Whole, request: {method: GET, path: /list}, response: {rows: "[data]"}, paging: none}
  - {id: heads, name: Heads, request: {method: GET, path: /heads}, response: {rows: "[data]"}, paging: {use: heads}}
`
	b := setupText(t, text)
	b.remote.On("/search", connectortest.Raw(200, "application/json", `{"data":[1]}`, "X-Next: t"), connectortest.JSON(200, `{"data":[2]}`))
	b.remote.On("/list", connectortest.JSON(200, `{"data":[1],"next":"/list?api+key=other&p=2&"}`), connectortest.JSON(200, `{"data":[2]}`))
	b.remote.On("/heads", connectortest.JSON(200, `{"data":[1]}`), connectortest.JSON(200, `{"data":[]}`))
	all := func(method string) connector.Result {
		r, err := callAll(b, connector.Call{Instance: b.instance, Method: b.compiled.Method(method)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if got := string(all("search").Output); got != `{"data":[1,2]}` {
		t.Error(got)
	}
	if got := string(all("list").Output); got != `{"next":"/list?api+key=other&p=2&","data":[1,2]}` {
		t.Error(got)
	}
	if got := all("heads"); string(got.Output) != `{"data":[1]}` || got.Rows != 1 || got.TasksOK != 2 || len(got.Exchanges) != 2 || got.OutputIsResponse {
		t.Errorf("%+v", got)
	}
	for id, want := range map[string]bool{"search": true, "list": true, "one": false, "whole": false} {
		if got := b.compiled.Method(id).Paged(); got != want {
			t.Errorf("%s is paged: %t", id, got)
		}
	}
	var got []string
	for _, r := range b.remote.Received() {
		got = append(got, r.Path+" "+r.Header.Get("X-Page")+string(r.Body))
	}
	want := []string{
		`/search?api+key=secret-key-1 {"text":"a","page":{"limit":5}}`, `/search?api+key=secret-key-1 {"text":"a","page":{"after":"t","limit":5}}`,
		"/list?api+key=secret-key-1 ", "/list?p=2&api+key=secret-key-1 ", "/heads?api+key=secret-key-1 1", "/heads?api+key=secret-key-1 2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// callAll makes a call with all its parts. The output is kept as it is when there is one, and joined else.
func callAll(b *bundle, c connector.Call) (all connector.Result, err error) {
	var join connector.Join
	for {
		part, err := b.runtime.Call(context.Background(), c)
		all.Rows += part.Rows
		all.TasksOK += part.TasksOK
		all.TasksIncident += part.TasksIncident
		all.Exchanges = append(all.Exchanges, part.Exchanges...)
		all.Warnings = append(all.Warnings, part.Warnings...)
		all.RowErrors = append(all.RowErrors, part.RowErrors...)
		if part.Output != nil {
			all.Output = join.Add(c.Method, all.Output, part.Output)
		}
		if err != nil || part.Next == nil {
			all.Output = join.End(c.Method, all.Output)
			return all, err
		}
		c.Page = part.Next
	}
}

// TestJoin: the documents of pages become one, whatever stands around their rows.
func TestJoin(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, rows string
		docs       []string
		want       string
	}{
		{"a list of rows", "[data]", []string{`{"data":[1,2],"n":1}`, `{"n":2,"data":[3]}`}, `{"n":1,"data":[1,2,3]}`},
		{"the document is the list", "[]", []string{`[1]`, `[]`, `[2,3]`}, `[1,2,3]`},
		{"deeper", "a.b.[c]", []string{`{"x":0,"a":{"y":1,"b":{"c":[1],"z":2}}}`, `{"a":{"b":{"c":[{"d":2}]}}}`}, `{"x":0,"a":{"y":1,"b":{"z":2,"c":[1,{"d":2}]}}}`},
		{"no rows at first", "[data]", []string{`{"data":[]}`, `{"data":null}`, `{}`, `{"data":[1]}`}, `{"data":[1]}`},
		{"a single row is a list of one", "[data]", []string{`{"data":{"id":1}}`, `{"data":2}`}, `{"data":[{"id":1},2]}`},
		{"a name that comes twice counts once", "[data]", []string{`{"data":[1],"data":[7]}`, `{"data":[2]}`}, `{"data":[1,2]}`},
		{"without rows, a list of documents", "", []string{`{"id":1}`, `{"id":2}`}, `[{"id":1},{"id":2}]`},
		{"none", "[data]", nil, ``},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			response := "{}"
			if c.rows != "" {
				response = fmt.Sprintf("{rows: %q}", c.rows)
			}
			m := setupText(t, head+"methods:\n  - {id: list, name: List, request: {method: GET, path: /list}, response: "+response+"}\n").compiled.Method("list")
			var join connector.Join
			var out []byte
			for _, doc := range c.docs {
				kept, _ := json.Marshal(join)
				join = connector.Join{}
				if err := json.Unmarshal(kept, &join); err != nil {
					t.Fatal(err)
				}
				out = join.Add(m, out, []byte(doc))
			}
			if out = join.End(m, out); string(out) != c.want {
				t.Errorf("%s, want %s", out, c.want)
			}
		})
	}
}
