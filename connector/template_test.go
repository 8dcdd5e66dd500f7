package connector

import (
	"os"
	"strings"
	"testing"

	"paceline/mapping"
)

// values is a source of named values for tests.
type values map[string]val

func (v values) lookup(r *ref) val { return v[r.name] }

// anyName resolves every name, as if it were declared.
type anyName struct{}

func (anyName) resolve(path string) (*ref, []string) {
	return &ref{name: path, host: strings.HasPrefix(path, "Host")}, nil
}

var samples = values{
	"Name":  textVal("Ada Lovelace"),
	"Empty": textVal(""),
	"Date":  textVal("2026-03-04T05:06:07.5+02:00"),
	"Epoch": {kind: jsonVal, data: []byte("1767323045")},
	"Num":   {kind: jsonVal, data: []byte("1234.5678")},
	"Big":   {kind: jsonVal, data: []byte("12345678901234567890.125")},
	"Bool":  {kind: jsonVal, data: []byte("true")},
	"Obj":   {kind: jsonVal, data: []byte(`{"a":1}`)},
	"Items": valueVal(mapping.Value(`[{"a":1}, [2,"x"], 3, true]`)),
	"List":  {kind: listVal, list: []string{"a", "b c", "d"}},
	"None":  {kind: listVal, list: []string{}},
	"Raw":   {kind: bytesVal, data: []byte{0xff, 0x00}},
	"Path":  textVal("a/b?c=d&e#f"),
	"Line":  textVal("a\r\nb"),
	"Key":   textVal("k"),
	"Quote": textVal(`say "hi"`),
}

func TestTemplateRenders(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text    string
		want    string
		missing bool
		err     string
	}{
		{text: "plain", want: "plain"},
		{text: "", want: ""},
		{text: "Hi {{Name}}!", want: "Hi Ada Lovelace!"},
		{text: "{{ Name }}{{Name|upper}}", want: "Ada LovelaceADA LOVELACE"},
		{text: `\{{Name}}`, want: "{{Name}}"},
		{text: "{{'a}}b'}}", want: "a}}b"},
		{text: `{{"x"}}{{1.50}}{{true}}`, want: "x1.50true"},
		{text: "a{{Missing}}b", want: "ab", missing: true},
		{text: "{{Missing | upper}}", missing: true},
		{text: "{{Missing | default: 'x'}}", want: "x"},
		{text: "{{Empty | default: Name}}", want: "Ada Lovelace"},
		{text: "{{Missing | default: Missing}}", missing: true},
		{text: "{{Bool | default: 'x'}}", want: "true"},
		{text: "{{Date | date: 'yyyy-MM-dd HH:mm:ss'}}", want: "2026-03-04 05:06:07"},
		{text: "{{Date | date: 'unix'}}", want: "1772593567"},
		{text: "{{Epoch | date: 'yyyy-MM-ddTHH:mm:ssZ'}}", want: "2026-01-02T03:04:05Z"},
		{text: "{{Name | date: 'yyyy'}}", err: `"Ada Lovelace" is not a date`},
		{text: "{{Num | number}} {{Num | number: 2}} {{Big | number: 0}}", want: "1234.5678 1234.57 12345678901234567890"},
		{text: "{{'1e40' | number: 2}}", err: `"1e40" is too large to be rounded`},
		{text: "{{'1e-99999' | number: 2}}", want: "0.00"},
		{text: "{{Name | number}}", err: `"Ada Lovelace" is not a number`},
		{text: "{{Name | lower}} {{' x ' | trim}}.", want: "ada lovelace x."},
		{text: "{{Name | replace: 'a', 'o'}}", want: "Ado Loveloce"},
		{text: "{{'a-b-c' | split: '-' | join: '+'}}", want: "a+b+c"},
		{text: "{{'a-b' | split: '-' | first}}{{'a-b' | split: '-' | last}}", want: "ab"},
		{text: "{{List}} {{List | join: ';'}}", want: "a,b c,d a;b c;d"},
		{text: "{{None | first}}", missing: true},
		{text: "{{Name | first}}", want: "Ada Lovelace"},
		{text: "{{List | json}} {{Quote | json}} {{Obj | json}}", want: `["a","b c","d"] "say \"hi\"" {"a":1}`},
		{text: "{{Items | json}} {{Items | first | json}} {{Items | last | json}} {{Items | join: ';'}}", want: `[{"a":1},[2,"x"],3,true] {"a":1} true {"a":1};[2,"x"];3;true`},
		{text: "{{Name | base64}} {{Name | hex}}", want: "QWRhIExvdmVsYWNl 416461204c6f76656c616365"},
		{text: "{{Raw}} {{Raw | base64}}", want: "ff00 /wA="},
		{text: "{{Path | url}}", want: "a%2Fb%3Fc%3Dd%26e%23f"},
		{text: "{{'' | sha256}}", want: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{text: "{{'The quick brown fox jumps over the lazy dog' | hmac: 'key'}}", want: "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"},
		{text: "{{'The quick brown fox jumps over the lazy dog' | hmac: 'key', 'sha1'}}", want: "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"},
		{text: "{{Name | hmac: Empty}}", err: "the key of the signature is empty"},
	}
	for _, c := range cases {
		tmpl, failed := parseTemplate(c.text, anyName{}, plainEscape)
		if failed != nil {
			t.Errorf("%s: %s", c.text, failed.message)
			continue
		}
		got, missing, err := tmpl.append(nil, samples)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if message != c.err || err == nil && (string(got) != c.want || missing != c.missing) {
			t.Errorf("%s\n got %q %t %q\nwant %q %t %q", c.text, got, missing, message, c.want, c.missing, c.err)
		}
	}
}

func TestTemplateMistakes(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"{{":                             "lacks }}",
		"{{Name":                         "lacks }}",
		"{{}}":                           "a value is missing",
		"{{Name | }}":                    "unknown filter",
		"{{Name | eval: 'x'}}":           `unknown filter "eval"`,
		"{{Name | default}}":             "0 arguments",
		"{{Name | upper: 'x'}}":          "1 arguments",
		"{{Name | default: 'x}}":         "lacks }}",
		"{{Name Other}}":                 "not a name",
		"{{Name()}}":                     "not a name",
		"{{'a' 'b'}}":                    "not one quoted text",
		"{{Name | number: 99}}":          "0 to 30",
		"{{Name | number: Num}}":         "0 to 30",
		"{{Name | hmac: Key, 'md5'}}":    "not an algorithm",
		"{{Name | hmac: Key, Name}}":     "not an algorithm",
		strings.Repeat("{{Name}}", 1001): "more than 1000 parts",
	}
	for text, want := range cases {
		_, failed := parseTemplate(text, anyName{}, plainEscape)
		if failed == nil || !strings.Contains(failed.message, want) || failed.remedy == "" {
			t.Errorf("%s: got %+v, want %q", shorten(text), failed, want)
		}
	}
}

// TestAddressEscapesByPosition tries the same values at each place of an address.
func TestAddressEscapesByPosition(t *testing.T) {
	t.Parallel()
	world := values{
		"Host": textVal("eu-1.acme"), "HostBad": textVal("evil.example/"), "HostAt": textVal("x@evil.example"),
		"HostURL": textVal("http://10.0.0.1:8080/base/"), "HostJS": textVal("javascript:alert(1)"), "HostQuery": textVal("https://a.example?x="),
		"Path": samples["Path"], "Dots": textVal(".."), "Dot": textVal("."), "Space": textVal("a b"), "Num": samples["Num"],
	}
	cases := []struct{ text, want, err string }{
		{"https://api.{{Host}}.example/v1", "https://api.eu-1.acme.example/v1", ""},
		{"https://api.{{HostBad}}.example/v1", "", `can not be a part of a host`},
		{"https://{{HostAt}}/v1", "", `can not be a part of a host`},
		{"{{HostURL}}/v1/{{Path}}", "http://10.0.0.1:8080/base/v1/a%2Fb%3Fc=d&e%23f", ""},
		{"{{HostJS}}/v1", "", "is not an address"},
		{"{{HostQuery}}/v1", "", "is not an address"},
		{"https://a.example/{{Path}}/x-{{Num}}?q={{Path}}&r={{Space}}", "https://a.example/a%2Fb%3Fc=d&e%23f/x-1234.5678?q=a%2Fb%3Fc%3Dd%26e%23f&r=a+b", ""},
		{"https://a.example/{{Dots}}/x", "", "can not be a part of a path"},
		{"https://a.example/{{Dot}}{{Dot}}/x", "", "can not be a part of a path"},
		{"https://a.example/.{{Dot}}/x", "", "can not be a part of a path"},
		{"https://a.example/{{Dot}}{{Num}}", "", "can not be a part of a path"},
		{"https://a.example/v.{{Num}}", "https://a.example/v.1234.5678", ""},
	}
	for _, c := range cases {
		tmpl, failed := parseURL(c.text, anyName{})
		if failed != nil {
			t.Errorf("%s: %s", c.text, failed.message)
			continue
		}
		got, _, err := tmpl.text(world)
		if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) || c.err == "" && (err != nil || got != c.want) {
			t.Errorf("%s\n got %q, %v\nwant %q, %q", c.text, got, err, c.want, c.err)
		}
	}
	for _, bad := range []string{"", "ftp://x", "https://u:p@x.example", "https://{{Path}}/x", "{{Path}}/x", "https://x.example/#f", "x/y", "https://{{'lit'}}.example",
		"https://x.example/a/../b", "https://x.example/a/%2e%2E/b", "https://x.example/./{{Path}}"} {
		if _, failed := parseURL(bad, anyName{}); failed == nil || failed.remedy == "" {
			t.Errorf("%q was accepted", bad)
		}
	}
	for _, bad := range []string{"x", "{{Path}}", "/x?y=1", "/x#y", "/a b", "/../x", "/%2e%2e/x", "/a/%2E", "/.{{Path}}", "/{{Path}}/.."} {
		if _, failed := parsePath(bad, anyName{}); failed == nil || failed.remedy == "" {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestTemplateValueKeepsItsType(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{{Num}}": "1234.5678", "{{Bool}}": "true", "{{Name}}": `"Ada Lovelace"`, "{{List}}": `["a","b c","d"]`, "n={{Num}}": `"n=1234.5678"`,
	} {
		tmpl, _ := parseTemplate(text, anyName{}, plainEscape)
		if got, _, err := tmpl.value(samples); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestMethodUIDIsVersion5(t *testing.T) {
	t.Parallel()
	// The DNS namespace with www.example.com is the vector that RFC 9562 gives.
	if got := nameUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"); got != "2ed6657d-e927-568b-95e1-2665a8aea6a2" {
		t.Errorf("got %s", got)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"a{{b | default: 'c' | date: \"x\"}}", "{{1e999999999 | number: 2}}", `\{{{{x}}`, "{{a.[b].c|json}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, failed := parseTemplate(text, anyName{}, plainEscape)
		if (tmpl == nil) == (failed == nil) {
			t.Fatal("neither a template nor a mistake")
		}
		if tmpl != nil {
			tmpl.append(nil, samples)
		}
		if u, _ := parseURL(text, anyName{}); u != nil {
			u.append(nil, samples)
		}
		known := &scopeNames{properties: []Property{{Name: "a"}}, request: true, answer: true, delivery: true}
		parseTemplate(text, known, headerEscape)
	})
}

func FuzzDefinition(f *testing.F) {
	text, err := os.ReadFile("testdata/crm.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, s := range []string{"{}", "[", "a: &a [*a]", "? a\n: b", "- - - -", "\t", "a: !!binary x", "{\"a\":1,\"a\":2}", "%YAML 1.2\n---\na", "a: |\n  b", "kind: \"\\x00\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		def, problems := Parse("f", doc)
		if (def == nil) != Failed(problems) {
			t.Fatalf("a definition and errors, or neither: %v", problems)
		}
		if def == nil {
			return
		}
		again, problems := Parse("f", def.JSON())
		if again == nil || again.Hash() != def.Hash() {
			t.Fatalf("the JSON form does not read back: %v", problems)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\"",{}]}`, `"\\"`, `["\\\"]"]`, "\xff", "[[[["} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if checkJSON(doc) != nil {
			return
		}
		for range wholeList.GetAll(mapping.Value(doc)) {
		}
		native(doc)
	})
}
