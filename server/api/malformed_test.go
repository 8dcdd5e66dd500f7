package api_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/catalog"
	"paceline/server/api"
	"paceline/store"
	"paceline/store/storetest"
)

var (
	malformedFor  = flag.Duration("malformed", time.Minute, "how long malformed requests are sent, on both databases together; each route gets some in any case")
	malformedSeed = flag.Uint64("malformed-seed", 1, "what the malformed requests are drawn from; 0 draws anew")
)

// TestMalformedInput sends every route requests that are wrong in one place or in many, and whatever is wrong is the
// caller's: no answer is a 500, each refusal is a message, and the server still works at the end.
func TestMalformedInput(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		f := &malformed{T: t, h: newHouse(t, open(t)), seed: *malformedSeed, reached: map[string]int{}, random: rand.New(rand.NewPCG(*malformedSeed, 2))}
		if f.seed == 0 {
			f.seed = rand.Uint64()
			f.random = rand.New(rand.NewPCG(f.seed, 2))
		}
		text, err := api.New(api.Services{}).OpenAPI()
		must(t, err)
		must(t, json.Unmarshal(text, &f.doc))
		must(t, longBodies())
		_, err = f.h.rooms.Catalog.Publish(t.Context(), catalog.Publication{Partner: f.h.p.Partner, Name: "portal.yaml",
			Document: []byte(strings.ReplaceAll(portal, "SINK", f.h.sink.Listener.Addr().String()))})
		must(t, err)
		f.routes = append(api.New(api.Services{}).Routes(), doors...)
		f.settle()
		f.reachAll()
		clock := paceline.SystemClock{}
		until := clock.Now().Add(*malformedFor / 2)
		if testing.Short() {
			until = clock.Now()
		}
		for round := 0; round < 3 || clock.Now().Before(until); round++ {
			for _, r := range f.routes {
				f.mild = f.chance(0.5)
				f.attack(r)
			}
			f.revive()
		}
		t.Logf("%d requests, %d of them understood; -malformed-seed=%d", f.sent, f.understood, f.seed)
		if f.understood == 0 || f.understood == f.sent {
			t.Error("the requests are not what they are meant to be")
		}
	})
}

// doors are the ways in that are no routes of the API.
var doors = []api.Route{
	{ID: "Token", Method: http.MethodPost, Path: "/../oauth/token"},
	{ID: "Webhook", Method: http.MethodPost, Path: "/../api/webhook/{identifier}"},
	{ID: "Shared webhook", Method: http.MethodPost, Path: "/../api/partnerwebhook/{shared}"},
	{ID: "Document", Method: http.MethodGet, Path: "/../openapi.json"},
}

// malformed draws requests and sends them.
type malformed struct {
	*testing.T
	h        *house
	seed     uint64
	random   *rand.Rand
	routes   []api.Route
	account  string
	accounts int
	own      belongings
	doc      struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]schema }
	}
	sent, understood int
	// right: nothing is wrong with the requests now; mild: little is, so that what lies behind the first check is reached, too.
	right, mild bool
	reached     map[string]int // how often each route's own operation has answered, and not a door before it
}

type operation struct {
	Parameters []struct {
		Name, In string
		Schema   schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
}

// schema is as much of a JSON Schema as a body is made from.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Format     string
	Enum       []any
	Properties map[string]schema
	Items      *schema
	AnyOf      []schema
	OneOf      []schema
}

// settle makes an account with everything that a route can name.
func (f *malformed) settle() {
	f.accounts++
	f.account = fmt.Sprintf("malformed-%d", f.accounts)
	// A request that was understood may have set that only signed connectors are taken, which those below are not.
	f.h.ask(f.T, "partner", "", "PUT", "/settings", `{"SignedConnectors":false}`)
	f.h.ask(f.T, "partner", "", "POST", "/accounts", `{"Name":"x","Id":"`+f.account+`"}`)
	f.own = f.h.settleIn(f.T, "partner", f.account, f.h.template(f.T, "partner"))
	f.open()
}

// open makes the addresses outside of the API: a cycle that runs and answers its webhook, and a connector with one for all.
func (f *malformed) open() {
	ask := func(method, path, body string) string {
		text, _ := f.h.ask(f.T, "partner", f.account, method, path, body)
		return text
	}
	cycle := gjson.Get(ask("POST", "/cycles", `{"Name":"Open"}`), "Id").String()
	in := ask("POST", "/cycles/"+cycle+"/steps", `{"Name":"In","ActionType":"Webhook"}`)
	id := gjson.Get(in, "Id").String()
	answer := ask("POST", "/cycles/"+cycle+"/steps", `{"Name":"Answer","ActionType":"SynchronousResponse","ActionData":{"Response":[
		{"Key":"field:told","MappingType":"StepField","SourceStepId":"`+id+`","SourceLocation":"Name"}]}}`)
	ask("POST", "/cycles/"+cycle+"/edges", `{"TailStepId":"`+id+`","HeadStepId":"`+gjson.Get(answer, "Id").String()+`"}`)
	ask("PUT", "/cycles/"+cycle+"/activate", `{}`)
	f.own["open cycle"], f.own["identifier"] = cycle, path.Base(gjson.Get(in, "WebhookUrl").String())
	f.own["shared"] = path.Base(gjson.Get(ask("GET", "/connectors/portal/partnerwebhook", ""), "Url").String())
}

// reachAll sends each route one request with which nothing is wrong: what follows really meets the operations.
func (f *malformed) reachAll() {
	f.right = true
	routes := slices.Clone(f.routes)
	last := func(r api.Route) int { // what is within others goes before them, and an account at the end
		switch {
		case r.Method != http.MethodDelete:
			return 0
		case r.Path == "/accounts/{account}":
			return 100
		case strings.Contains(r.Path, "/edges/"): // they go with their steps
			return 1
		}
		return 99 - strings.Count(r.Path, "/")
	}
	slices.SortStableFunc(routes, func(a, b api.Route) int { return last(a) - last(b) })
	deleting := false
	for _, r := range routes {
		if r.Method == http.MethodDelete && !deleting {
			deleting = true
			f.settle() // what was asked for before may have ended some things
		}
		f.attack(r)
		if f.reached[r.ID] == 0 {
			f.Errorf("%s: a request with which nothing is wrong does not reach the operation", r.ID)
		}
	}
	f.right = false
	f.settle()
}

// revive makes the things anew of which a request that was understood has deleted some.
func (f *malformed) revive() {
	for _, path := range []string{"/cycles/" + f.own["cycle"] + "/steps/" + f.own["step"], "/account/connectors/" + f.own["account connector"], "/cycles/" + f.own["open cycle"]} {
		status, answer, _ := f.h.send(f.T, "partner", f.account, "GET", "/v1.0"+path, "")
		if status != http.StatusOK || strings.Contains(path, f.own["open cycle"]) && gjson.Get(answer, "Status").String() != "Active" {
			f.settle()
			return
		}
	}
}

// attack sends one request to a route and looks at its answer.
func (f *malformed) attack(r api.Route) {
	op := f.doc.Paths[api.Prefix+r.Path][strings.ToLower(r.Method)]
	path := r.Path
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, isParam := strings.CutPrefix(part, "{"); isParam {
			name = strings.TrimSuffix(name, "}")
			value := f.own[cmp.Or(kindOf(r.Path, name), name)]
			// What would end things is mostly asked of wrong ones.
			if f.wrong(0.2) || !f.right && r.Method == http.MethodDelete && f.chance(0.8) {
				value = f.text()
			}
			path = strings.Replace(path, part, url.PathEscape(value), 1)
		}
	}
	query := url.Values{}
	header := http.Header{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "query" && f.wrong(0.4):
			query[f.mangled(p.Name)] = slices.Repeat([]string{f.scalar(p.Schema)}, 1+f.random.IntN(2))
		case p.In == "header" && p.Name != "X-Cyclr-Account" && f.wrong(0.4):
			header[p.Name] = []string{oneLine(f.text())}
		}
	}
	target := api.Prefix + path
	if outside, door := strings.CutPrefix(path, "/.."); door {
		target = outside
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	} else if f.wrong(0.05) {
		target += "?" + pick(f, []string{"%zz", "a;b", "=&=&", "page=1&page=x", "%00", "[]=1", strings.Repeat("a", 3000)})
	}
	body := f.body(r, op)
	method := r.Method
	if f.wrong(0.02) {
		method = pick(f, []string{"GET", "PATCH", "PUT", "OPTIONS", "BREW"})
	}
	f.send(r, method, target, body, header)
}

func (f *malformed) send(r api.Route, method, target, body string, header http.Header) {
	address, err := url.Parse(f.h.url + target)
	if err != nil {
		address, err = url.Parse(f.h.url)
		must(f.T, err)
		address.Opaque = target // as it stands
	}
	q, err := http.NewRequest(method, f.h.url, strings.NewReader(body))
	must(f.T, err)
	q.URL, q.Header = address, header
	as := "partner"
	if f.wrong(0.05) {
		as = pick(f, []string{"none", "wrong", "restricted", "other", "expired"})
	}
	if f.h.authorize(f.T, q, as); f.wrong(0.02) {
		q.Header.Set("Authorization", oneLine(f.text()))
	}
	if r.Level != api.Partner || f.wrong(0.1) {
		q.Header.Set("X-Cyclr-Account", f.account)
		if f.wrong(0.03) {
			q.Header.Set("X-Cyclr-Account", oneLine(f.text()))
		}
	}
	if f.wrong(0.1) {
		q.Header.Set("Content-Type", pick(f, []string{"", "text/xml", "multipart/form-data", "application/json; charset=\"", "application/x-www-form-urlencoded"}))
	}
	f.sent++
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		f.Fatalf("%s %q: no answer: %v\n%.2000q", method, target, err, body)
	}
	defer resp.Body.Close()
	if f.right && (admitted.fits(resp.StatusCode) || exceptions[r.ID+" own ids"].status == resp.StatusCode) {
		f.reached[r.ID]++
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return // it has no end
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		f.Errorf("%s %q: %v", method, target, err)
	}
	if resp.StatusCode < 300 {
		f.understood++
		return
	}
	fine := resp.StatusCode < 500 || resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
	shaped := gjson.GetBytes(answer, "Message").Exists() || gjson.GetBytes(answer, "error").Exists() || method == http.MethodHead
	if resp.StatusCode == http.StatusRequestHeaderFieldsTooLarge { // Go's server says so itself, before any of ours is asked
		return
	}
	if !fine || !shaped {
		f.Errorf("%s %s as %s (-malformed-seed=%d): %d %.500s\nheaders %q\nbody %.4000q", method, target, as, f.seed, resp.StatusCode, answer, q.Header, body)
	}
}

// body draws a body for an operation: what its schema says but for some places, or something else entirely.
func (f *malformed) body(r api.Route, op operation) string {
	if r.ID == "Token" {
		return f.form()
	}
	content, has := op.RequestBody.Content["application/json"]
	known := bodyOf(r.ID, f.own, nil)
	if f.right {
		return known
	}
	if f.mild && known != "" {
		var tree any
		must(f.T, json.Unmarshal([]byte(known), &tree))
		out, err := json.Marshal(f.spoil(tree))
		must(f.T, err)
		return strings.ReplaceAll(string(out), `"<huge>"`, "1e400")
	}
	if !has || f.wrong(0.15) {
		return pick(f, []string{"", "null", "[]", "{}", "7", `""`, "{", `{"a":`, "\x00", "\xff\xfe", `{"a":1}{"b":2}`, "{'a':1}", "{a:1}", `{"Name":"` + "\xed\xa0\x80" + `"}`,
			strings.Repeat("[", 3000), strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200), `{"` + strings.Repeat("k", 5000) + `":1}`, "\xef\xbb\xbf{}",
			"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n{}\r\n--x--", "a=b&c=%zz", "<xml/>", f.document()})
	}
	text, err := json.Marshal(f.value(content.Schema, 0))
	must(f.T, err)
	out := string(text)
	switch {
	case f.wrong(0.03):
		out = out[:f.random.IntN(len(out)+1)]
	case f.wrong(0.03) && len(out) > 2:
		at := f.random.IntN(len(out))
		out = out[:at] + string([]byte{byte(f.random.IntN(256))}) + out[at+1:]
	case f.wrong(0.03):
		out = strings.Replace(out, `"`, `'`, f.random.IntN(4))
	}
	return strings.ReplaceAll(out, "<huge>", "1e400")
}

// form is a request for a token.
func (f *malformed) form() string {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {f.h.clientID}, "client_secret": {f.h.clientSecret}}
	for _, name := range []string{"grant_type", "client_id", "client_secret", "scope", "username", "password", "refresh_token"} {
		if f.wrong(0.3) {
			form.Set(name, pick(f, []string{"client_credentials", "password", "refresh_token", "account:" + f.account, f.text()}))
		}
	}
	return form.Encode()
}

// document is an exported file with something wrong in it.
func (f *malformed) document() string {
	text, err := os.ReadFile("testdata/template.json")
	must(f.T, err)
	var tree any
	must(f.T, json.Unmarshal(text, &tree))
	out, err := json.Marshal(f.spoil(tree))
	must(f.T, err)
	return string(out)
}

// spoil replaces some values of a tree.
func (f *malformed) spoil(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			v[name] = f.spoil(v[name])
		}
	case []any:
		for i := range v {
			v[i] = f.spoil(v[i])
		}
	}
	if f.chance(0.03) {
		return f.junk()
	}
	return tree
}

// value draws a value for a schema.
func (f *malformed) value(s schema, depth int) any {
	if name, isRef := strings.CutPrefix(s.Ref, "#/components/schemas/"); isRef {
		s = f.doc.Components.Schemas[name]
	}
	if choices := append(s.AnyOf, s.OneOf...); len(choices) > 0 {
		return f.value(pick(f, choices), depth+1)
	}
	if f.wrong(0.12) || depth > 6 {
		return f.junk()
	}
	kind, _ := s.Type.(string)
	if kinds, several := s.Type.([]any); several {
		kind, _ = kinds[0].(string)
	}
	if len(s.Enum) > 0 {
		return pick(f, s.Enum)
	}
	switch kind {
	case "object":
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if f.chance(0.4) {
				out[f.mangled(name)] = f.value(s.Properties[name], depth+1)
			}
		}
		return out
	case "array":
		out := []any{}
		for range f.random.IntN(3) {
			if s.Items != nil {
				out = append(out, f.value(*s.Items, depth+1))
			}
		}
		return out
	case "integer", "number":
		if id := pick(f, []string{"account connector", "method", "parameter", "field", "connector"}); f.chance(0.3) {
			return json.Number(f.own[id])
		}
		return pick(f, []any{0, 1, 2, 7, 100, -1, 60})
	case "boolean":
		return f.chance(0.5)
	}
	return f.scalar(s)
}

// scalar draws a text: an id of ours, something common, or junk.
func (f *malformed) scalar(s schema) string {
	if f.mild && (s.Type == "integer" || s.Type == "boolean") && f.chance(0.8) {
		return map[any]string{"integer": pick(f, []string{"1", "2", "100"}), "boolean": "true"}[s.Type]
	}
	if len(s.Enum) > 0 && f.chance(0.6) {
		return fmt.Sprint(pick(f, s.Enum))
	}
	if f.chance(0.3) {
		return f.own[pick(f, slices.Sorted(maps.Keys(f.own)))]
	}
	if f.chance(0.5) {
		return pick(f, []string{"1", "100", "true", "Name", "Id", "StaticValue", "StepField", "Variable", "Forward", "Action", "Delay", "2026-01-01", "Sink", "eu", "name", "minutes", "0 * * * *"})
	}
	return f.text()
}

// junk draws a value of any kind.
func (f *malformed) junk() any {
	return pick(f, []any{nil, true, "", f.text(), "<huge>", json.Number("1e308"), json.Number("-9223372036854775808"), json.Number("9223372036854775807"),
		json.Number("2147483648"), json.Number("0.5"), json.Number("99999999999999999999999"), []any{}, []any{nil, []any{f.text()}}, map[string]any{"a": map[string]any{}}, map[string]any{f.text(): f.text()}})
}

// text draws a text of the kinds that break things.
func (f *malformed) text() string {
	return pick(f, []string{"", " ", ".", "..", "0", "-1", "x", "\x00", "a\x00b", "\xff\xfe", "%00", "%2F", "/", "\\", "'", "' OR '1'='1", `"`, "{{", "{{LastSuccessfulRunDate", "{{a.b[].c}}",
		"[].[]", "[", "a.b[", "💥", "\u202e\u2028", "İ", "ﬃ", "2147483648", "9223372036854775807", "99999999999999999999", "1e9", "NaN", "0x10", "null", "00000000-0000-0000-0000-000000000000",
		"ffffffff-ffff-ffff-ffff-ffffffffffff", strings.ToUpper(f.own["cycle"]), f.own["cycle"] + " ", f.own["transaction"], f.own["step"],
		"0001-01-01", "9999-12-31T23:59:59.9999999Z", "99999-01-01", "2026-02-30", "* * * * *", "*/0 * * * *", "Europe/Nowhere", "http://", "http://[::1", "javascript:alert(1)", "https://example.com/" + strings.Repeat("a", 3000),
		strings.Repeat("9", 400), strings.Repeat("é", 5000), "-", "=", "$1", "${x}", "<script>", "a\nb", "eyJhIjoxfQ==", "W10=", "MA=="})
}

// mangled writes a name in another letter case, now and then.
func (f *malformed) mangled(name string) string {
	if f.chance(0.2) {
		return strings.ToLower(name)
	}
	return name
}

// wrong draws whether one more thing is wrong with a request.
func (f *malformed) wrong(p float64) bool {
	if f.mild {
		p /= 5
	}
	return !f.right && f.chance(p)
}

func (f *malformed) chance(p float64) bool { return f.random.Float64() < p }

func pick[T any](f *malformed, list []T) T { return list[f.random.IntN(len(list))] }

// oneLine is what a header can hold of a text.
func oneLine(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, text)
}
