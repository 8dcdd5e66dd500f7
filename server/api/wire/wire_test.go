package wire_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"paceline"
	"paceline/server/api/wire"
)

type colour string

func (c *colour) SetEnum(text string) bool {
	for i, name := range []string{"Red", "Green"} {
		if strings.EqualFold(name, text) || text == string(rune('0'+i)) {
			*c = colour(name)
			return true
		}
	}
	return false
}

type inner struct {
	Name wire.Opt[string]
}

type thing struct {
	Name   wire.Opt[string]
	Hours  wire.Opt[int]
	Flag   wire.Opt[bool]
	Colour wire.Opt[colour]
	When   wire.Opt[wire.Time]
	Tags   []string
	List   []inner
	Map    map[string]any
	Other  wire.Opt[string] `json:"Other" alias:"LegacyOther"`
}

// told is what the server saw, written so that absent, null and value differ.
type told struct {
	Name, Hours, Flag, Colour, When, Other string
	Tags                                   []string
	List                                   int
	Present                                bool
}

func say[T any](o wire.Opt[T], text func(T) string) string {
	switch {
	case !o.Set:
		return "absent"
	case o.Null:
		return "null"
	}
	return text(o.Value)
}

// serve runs a real huma and chi server with one operation that reads a thing.
func serve(t *testing.T, relaxed bool) *httptest.Server {
	t.Helper()
	router := chi.NewMux()
	api := humachi.New(router, huma.Config{
		OpenAPI:       &huma.OpenAPI{OpenAPI: "3.1.0", Info: &huma.Info{Title: "t", Version: "1"}, Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)}},
		Formats:       map[string]huma.Format{"application/json": wire.Format()},
		DefaultFormat: "application/json",
	})
	type input struct {
		Body *wire.Body[thing]
	}
	type output struct{ Body told }
	huma.Register(api, huma.Operation{Method: http.MethodPost, Path: "/thing", SkipValidateBody: true, SkipValidateParams: true, MaxBodyBytes: 4096},
		func(_ context.Context, in *input) (*output, error) {
			if relaxed {
				in.Body.Relaxed()
			}
			v, present, err := in.Body.Read()
			if err != nil {
				return nil, huma.NewError(http.StatusBadRequest, "", err)
			}
			text := func(s string) string { return s }
			return &output{Body: told{
				Name: say(v.Name, text), Other: say(v.Other, text), Present: present, Tags: wire.List(v.Tags), List: len(v.List),
				Hours:  say(v.Hours, func(n int) string { return string(rune('0' + n)) }),
				Flag:   say(v.Flag, func(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }),
				Colour: say(v.Colour, func(c colour) string { return string(c) }),
				When:   say(v.When, wire.Time.String),
			}}, nil
		})
	s := httptest.NewServer(router)
	t.Cleanup(s.Close)
	return s
}

func TestLenientBodies(t *testing.T) {
	t.Parallel()
	strict, relaxed := serve(t, false), serve(t, true)
	deep := func(n int) string { return `{"Map":{"a":` + strings.Repeat(`[`, n) + strings.Repeat(`]`, n) + `}}` }
	for _, c := range []struct {
		name, body string
		relaxed    bool
		status     int
		want       string // part of the answer
	}{
		{"other case", `{"nAmE":"a"}`, false, 200, `"Name":"a"`},
		{"null is not absent", `{"Name":null}`, false, 200, `"Name":"null","Hours":"absent"`},
		{"string boolean", `{"Flag":"True"}`, false, 200, `"Flag":"yes"`},
		{"string integer", `{"Hours":"7"}`, false, 200, `"Hours":"7"`},
		{"integral float", `{"Hours":7.0}`, false, 200, `"Hours":"7"`},
		{"unconvertible nullable is dropped", `{"Hours":"abc","Name":"x"}`, false, 200, `"Name":"x","Hours":"absent"`},
		{"too large for an int is dropped", `{"Hours":99999999999999999999}`, false, 200, `"Hours":"absent"`},
		{"object for a text is dropped", `{"Name":{}}`, false, 200, `"Name":"absent"`},
		{"number for a text", `{"Name":12}`, false, 200, `"Name":"12"`},
		{"enum in other case", `{"Colour":"gReEn"}`, false, 200, `"Colour":"Green"`},
		{"enum by integer", `{"Colour":1}`, false, 200, `"Colour":"Green"`},
		{"enum by integer as text", `{"Colour":"0"}`, false, 200, `"Colour":"Red"`},
		{"wrong enum", `{"Colour":"XYZ-123"}`, false, 400, `The value of Colour is invalid`},
		{"unknown property", `{"Nonsense":{"a":[1]},"Name":"b"}`, false, 200, `"Name":"b"`},
		{"doubled key, last wins", `{"Name":"a","Name":"b"}`, false, 200, `"Name":"b"`},
		{"single value for a list", `{"Tags":"a"}`, false, 200, `"Tags":["a"]`},
		{"null in a list of texts is none", `{"Tags":[null,"a",null]}`, false, 200, `"Tags":["a"]`},
		{"single object for a list", `{"List":{"name":"a"}}`, false, 200, `"List":1`},
		{"absent list is empty", `{}`, false, 200, `"Tags":[]`},
		{"alias", `{"legacyother":"z"}`, false, 200, `"Other":"z"`},
		{"empty body", ``, false, 200, `"Present":false`},
		{"white space", " \r\n", false, 200, `"Present":false`},
		{"null body", `null`, false, 200, `"Present":false`},
		{"byte order mark", "\ufeff{\"Name\":\"a\"}", false, 200, `"Name":"a"`},
		{"date only", `{"When":"2026-03-04"}`, false, 200, `2026-03-04T00:00:00Z`},
		{"American date", `{"When":"03/04/2026"}`, false, 200, `2026-03-04T00:00:00Z`},
		{"offset", `{"When":"2026-03-04T01:30:00+02:00"}`, false, 200, `2026-03-03T23:30:00Z`},
		{"seven digits", `{"When":"2017-12-06T15:54:06.6440352Z"}`, false, 200, `2017-12-06T15:54:06.6440352Z`},
		{"not a date is dropped", `{"When":"soon"}`, false, 200, `"When":"absent"`},
		{"single quotes refused", `{'Name':'a'}`, false, 400, `not valid JSON`},
		{"single quotes where allowed", `{'Map': {123 : 1}, 'Name':'it\'s'}`, true, 200, `"Name":"it's"`},
		{"not JSON", `<a/>`, false, 400, `not valid JSON`},
		{"cut off", `{"Name":"a`, false, 400, `not valid JSON`},
		{"text after the end", `{} {}`, false, 400, `not valid JSON`},
		{"array for an object", `[1]`, false, 400, `an object was expected`},
		{"bad UTF-8", "{\"Name\":\"\xff\"}", false, 400, `UTF-8`},
		{"control character", "{\"Name\":\"a\x01\"}", false, 400, `control character`},
		{"leading zero", `{"Hours":07}`, false, 400, `malformed number`},
		{"surrogate pair", `{"Name":"\ud83d\ude00"}`, false, 200, "\"Name\":\"\U0001F600\""},
		{"deep enough", deep(99), false, 200, `"Present":true`},
		{"too deep", deep(101), false, 400, `more than 100 levels`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := strict
			if c.relaxed {
				s = relaxed
			}
			resp, err := http.Post(s.URL+"/thing", "application/json", strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || !strings.Contains(string(body), c.want) {
				t.Errorf("status %d, body %s; want %d with %s", resp.StatusCode, body, c.status, c.want)
			}
		})
	}
}

func TestOversizedBody(t *testing.T) {
	t.Parallel()
	s := serve(t, false)
	resp, err := http.Post(s.URL+"/thing", "application/json", strings.NewReader(`{"Name":"`+strings.Repeat("a", 5000)+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if want := `{"Message":"The request body is larger than 4096 bytes."}`; resp.StatusCode != http.StatusRequestEntityTooLarge || strings.TrimSpace(string(body)) != want {
		t.Errorf("status %d, body %s; want 413, %s", resp.StatusCode, body, want)
	}
}

func TestTimeOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                             "0001-01-01T00:00:00",
		"2026-11-25T16:00:00Z":         "2026-11-25T16:00:00Z",
		"2026-11-25T16:00:00.5Z":       "2026-11-25T16:00:00.5Z",
		"2026-11-25T16:00:00.1234567Z": "2026-11-25T16:00:00.1234567Z",
	} {
		at, _ := wire.ParseTime(text)
		if got := at.String(); got != want {
			t.Errorf("%q is written as %s, want %s", text, got, want)
		}
	}
}

// FuzzParse: any text is read or refused with an error of the catalogue, and never panics.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"x\u0041"]}`, `{'a':1}`, `{a:1}`, `"`, `[[[[`, "\ufeff{}", `{"a":`, `-`, `tru`} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, relaxed bool) {
		tree, ok, err := wire.Parse(text, relaxed)
		if err != nil {
			if paceline.KindOf(err) != paceline.Invalid {
				t.Fatalf("error %v is not of the catalogue", err)
			}
			return
		}
		if ok {
			var v thing
			if err := wire.Assign(tree, &v); err != nil && paceline.KindOf(err) != paceline.Invalid {
				t.Fatalf("error %v is not of the catalogue", err)
			}
		}
	})
}
