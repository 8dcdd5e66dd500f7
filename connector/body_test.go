package connector_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/mapping"
)

const formatsDefinition = head + `
methods:
  - id: xml
    name: XML
    repeat: safe
    request:
      method: POST
      path: /x
      format: xml
      root: "s:Order"
      fields: [{loc: "@xmlns:s", default: "urn:x"}, {loc: "s:Id"}, {loc: "s:Lines.[Line].@no"}, {loc: "s:Lines.[Line].#text"}]
    response: {format: xml, rows: "Orders.[Order]"}
    errors: [{status: [200], when: "has(body.Fault)", as: error, message: "{{body.Fault.Reason}}"}]
  - id: xml-plain
    name: XML Plain
    repeat: safe
    request: {method: POST, path: /x, format: xml, fields: [{loc: a.b}, {loc: "a.[c]"}]}
    response: {format: none}
  - id: csv
    name: CSV
    repeat: safe
    request: {method: POST, path: /x, format: csv, csv: {delimiter: ";"}, fields: [{loc: "[].Name"}, {loc: "[].Sum"}]}
    response: {format: csv, rows: "[]"}
  - id: people
    name: People
    repeat: safe
    request: {method: POST, path: /x, format: csv, csv: {people: true, header: false}, fields: [{loc: "[].Name"}]}
    response: {format: csv, csv: {header: false, delimiter: "	"}, rows: "[]"}
  - id: lines
    name: Lines
    repeat: safe
    request: {method: POST, path: /x, format: ndjson, fields: [{loc: "[].a.b"}]}
    response: {format: ndjson, rows: "[]"}
  - id: multipart
    name: Multipart
    repeat: safe
    request: {method: POST, path: /x, format: multipart, fields: [{loc: note}, {loc: "[files]"}]}
    response: {format: none}
  - id: binary
    name: Binary
    repeat: safe
    request: {method: PUT, path: /x, format: binary, fields: [{loc: file, type: file}]}
    response: {format: binary}
  - id: graph
    name: Graph
    request: {method: POST, path: /x, format: graphql, document: "query($id: ID!) { thing(id: $id) { name } }", fields: [{loc: id}, {loc: filter.kind, default: k}]}
`

// TestBodyFormats sends values in each format and compares type and bytes.
func TestBodyFormats(t *testing.T) {
	t.Parallel()
	list := func(items ...any) mapping.Tree { return tree(items) }
	raw := "a\x00\xff"
	cases := []struct {
		method string
		fields map[string]any // text: a value; tree: a list
		kind   string
		body   string
		failed string
	}{
		{"xml", map[string]any{"@xmlns:s": nil, "s:Id": `"<&\"7"`, "s:Lines.[Line].@no": list("1", "2"), "s:Lines.[Line].#text": list(`"a\u0001b"`, `"c"`)},
			"application/xml; charset=utf-8",
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Order xmlns:s=\"urn:x\"><s:Id>&lt;&amp;&#34;7</s:Id><s:Lines><Line no=\"1\">a\ufffdb</Line><Line no=\"2\">c</Line></s:Lines></s:Order>", ""},
		{"xml-plain", map[string]any{"a.b": "1.50", "a.[c]": list("true", "null")}, "application/xml; charset=utf-8",
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b>1.50</b><c>true</c><c></c></a>", ""},
		{"csv", map[string]any{"[].Name": list(`"a;b"`, `"=1+1"`), "[].Sum": list("1.50", "-5")}, "text/csv; charset=utf-8",
			"Name;Sum\r\n\"a;b\";1.50\r\n=1+1;-5\r\n", ""},
		{"people", map[string]any{"[].Name": list(`"=1+1"`, `"-5"`, `"@x"`, `"+4 9"`, `"ok"`)}, "text/csv; charset=utf-8", "'=1+1\r\n-5\r\n'@x\r\n'+4 9\r\nok\r\n", ""},
		{"lines", map[string]any{"[].a.b": list("1", `"x"`)}, "application/x-ndjson", "{\"a\":{\"b\":1}}\n{\"a\":{\"b\":\"x\"}}\n", ""},
		{"multipart", map[string]any{"note": `"hi"`, "[files]": list(`{"name":"a\".txt","type":"text/plain","text":"A"}`, fmt.Sprintf(`{"base64":"%s"}`, base64.StdEncoding.EncodeToString([]byte(raw))))},
			"multipart/form-data; boundary=B",
			"--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--B\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a%22.txt\"\r\nContent-Type: text/plain\r\n\r\nA\r\n--B\r\n" +
				"Content-Disposition: form-data; name=\"files\"; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n" + raw + "\r\n--B--\r\n", ""},
		{"multipart", map[string]any{"[files]": list(`{"name":"a"}`)}, "", "", "files: a file needs text, base64 or ref"},
		{"multipart", map[string]any{"[files]": list(`{"base64":"?"}`)}, "", "", "files: the content of the file is not base64"},
		{"multipart", map[string]any{"[files]": list(`{"text":"a","type":"x\r\nX-Y: z"}`)}, "", "", "files: \"x\\r\\nX-Y: z\" is not the type of a file"},
		{"binary", map[string]any{"file": `{"text":"A","type":"text/x"}`}, "text/x", "A", ""},
		{"binary", map[string]any{"file": `"plain"`}, "application/octet-stream", "plain", ""},
		{"binary", nil, "", "", "there is no file to send"},
		{"graph", map[string]any{"id": "7"}, "application/json", `{"query":"query($id: ID!) { thing(id: $id) { name } }","variables":{"id":7,"filter":{"kind":"k"}}}`, ""},
	}
	for i, c := range cases {
		t.Run(fmt.Sprint(i, " ", c.method), func(t *testing.T) {
			t.Parallel()
			b := setupText(t, formatsDefinition)
			b.remote.On("/x", connectortest.Raw(204, "", ""))
			call := connector.Call{Instance: b.instance, Method: b.compiled.Method(c.method)}
			for _, f := range b.compiled.Method(c.method).Definition.Request.Fields {
				field := mapping.Field{Location: mapping.MustLocation(f.Loc)}
				switch v := c.fields[f.Loc].(type) {
				case string:
					field.Value = mapping.Value(v)
				case mapping.Tree:
					field.Tree = &v
				default:
					continue
				}
				call.Inputs.Fields = append(call.Inputs.Fields, field)
			}
			_, err := b.runtime.Call(context.Background(), call)
			if c.failed != "" {
				if e, ok := err.(*connector.Error); !ok || e.Class != connector.ClassBuild || e.Detail != c.failed {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := b.remote.Received()[0]
			kind, body := got.Header.Get("Content-Type"), string(got.Body)
			if _, boundary, ok := strings.Cut(kind, "boundary="); ok {
				kind, body = strings.ReplaceAll(kind, boundary, "B"), strings.ReplaceAll(body, boundary, "B")
			}
			if kind != c.kind {
				t.Errorf("type is %q, want %q", kind, c.kind)
			}
			// The members that the definition's defaults add come last in these bodies.
			if diff := cmp.Diff(c.body, body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnswerFormats reads answers of each format.
func TestAnswerFormats(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, method string
		answer       connectortest.Behaviour
		want         string // output, or the class and the detail's first lines
		rows         int
	}{
		{"elements", "xml", connectortest.Raw(200, "application/xml", `<?xml version="1.0"?><!-- c --><n:Orders xmlns:n="urn:x" page="1"> <n:Order><Id>1</Id>&lt;x</n:Order><Order/> </n:Orders>`),
			`{"Orders":{"@page":"1","Order":[{"Id":"1","#text":"<x"},""]}}`, 2},
		{"an order that repeats not", "xml", connectortest.Raw(200, "application/xml", `<Orders><Order><Id><![CDATA[a<b]]></Id></Order></Orders>`), `{"Orders":{"Order":{"Id":"a<b"}}}`, 1},
		{"latin 1", "xml", connectortest.Raw(200, "application/xml; charset=iso-8859-1", "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xe9</a>"), `{"a":"é"}`, 0},
		{"a rule about elements", "xml", connectortest.Raw(200, "application/xml", `<Fault><Reason>no</Reason></Fault>`), "permanent: HTTP/1.1 200 OK no", 0},
		{"a failure in JSON", "xml", connectortest.JSON(400, `{"e":1}`), `permanent: HTTP/1.1 400 Bad Request {"e":1}`, 0},
		{"a doctype", "xml", connectortest.Raw(200, "application/xml", `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`), "decode: HTTP/1.1 200 OK the answer can not be read as xml: it has a DOCTYPE, which is refused", 0},
		{"an unknown entity", "xml", connectortest.Raw(200, "application/xml", `<a>&x;</a>`), "decode: HTTP/1.1 200 OK the answer can not be read as xml: it is not XML", 0},
		{"an element that is not closed", "xml", connectortest.Raw(200, "application/xml", `<a><b></a>`), "decode: HTTP/1.1 200 OK the answer can not be read as xml: it is not XML", 0},
		{"two roots", "xml", connectortest.Raw(200, "application/xml", `<a/><b/>`), "decode: HTTP/1.1 200 OK the answer can not be read as xml: it is not XML", 0},
		{"too deep", "xml", connectortest.Raw(200, "application/xml", strings.Repeat("<a>", 5000)), "decode: HTTP/1.1 200 OK the answer can not be read as xml: it is nested too deeply or has too many names", 0},
		{"columns", "csv", connectortest.Raw(200, "text/csv", "\xef\xbb\xbfA, B \r\n1,\"2,3\"\r\n\r\n4,5,6\n7\n"), `[{"A":"1","B":"2,3"},{"A":"4","B":"5","3":"6"},{"A":"7"}]`, 3},
		{"columns without names", "people", connectortest.Raw(200, "text/csv", "a\tb\nc\t=d"), `[{"1":"a","2":"b"},{"1":"c","2":"=d"}]`, 2},
		{"a name without end", "csv", connectortest.Raw(200, "text/csv", strings.Repeat("n", 2000)+"\n1\n"), "decode: HTTP/1.1 200 OK the answer can not be read as csv: it is not text in columns", 0},
		{"columns that grow", "csv", connectortest.Raw(200, "text/csv", strings.Repeat(strings.Repeat("n", 900)+",", 900)+"\n"+strings.Repeat(strings.Repeat(",", 899)+"\n", 1000)), "decode: HTTP/1.1 200 OK the answer can not be read as csv: the answer is larger than is allowed", 0},
		{"lines", "lines", connectortest.Raw(200, "application/x-ndjson", "{\"a\":1}\r\n\n[2]"), `[{"a":1},[2]]`, 2},
		{"a line that is none", "lines", connectortest.Raw(200, "application/x-ndjson", "{}\n{"), "decode: HTTP/1.1 200 OK the answer can not be read as ndjson: line 2: it is not JSON", 0},
		{"a file", "binary", connectortest.Raw(200, "image/png", "\x00\xff", `Content-Disposition: attachment; filename="../../x.png"`), `{"name":"x.png","type":"image/png","size":2,"file":{"name":"x.png","type":"image/png","size":2,"base64":"AP8="}}`, 1},
		{"graphql", "graph", connectortest.JSON(200, `{"data":{"thing":null}}`), `{"data":{"thing":null}}`, 1},
		{"graphql with errors", "graph", connectortest.JSON(200, `{"data":null,"errors":[{"message":"no"}]}`), "permanent: HTTP/1.1 200 OK no", 0},
		{"graphql with errors and data", "graph", connectortest.JSON(200, `{"data":{"a":1},"errors":[{"message":"part"}]}`), `{"data":{"a":1},"errors":[{"message":"part"}]} warns HTTP/1.1 200 OK part`, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(formatsDefinition, `baseUrl: "{{BaseUrl}}"`, `baseUrl: "{{BaseUrl}}", maxResponse: 2MiB`, 1)
			b := setupText(t, text)
			b.remote.On("/x", c.answer)
			var fields []string
			if c.method == "binary" {
				fields = []string{`file="x"`}
			}
			result, failed := b.callFields(c.method, fields)
			got := string(result.Output)
			short := func(detail string) string {
				said, _, _ := strings.Cut(detail, "\r\n\r\n\r\n")
				said, _, _ = strings.Cut(said, "\n<")
				lines := strings.Split(strings.ReplaceAll(said, "\r\n", "\n"), "\n")
				return strings.Join(lines[:min(2, len(lines))], " ")
			}
			if failed != nil {
				got = failed.Class.String() + ": " + short(failed.Detail)
			}
			for _, w := range result.Warnings {
				got += " warns " + short(w.Detail)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if result.Rows != c.rows {
				t.Errorf("%d rows, want %d", result.Rows, c.rows)
			}
		})
	}
}

// FuzzAnswers feeds the decoders; what they accept is JSON within the limits.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{"<a b='1'>x<c/></a>", "a,b\n1,2", "{}\n[1]", "<a><![CDATA[x]]></a>", "\"a\"\"b\",\n"} {
		f.Add([]byte(seed))
	}
	def, problems := connector.Parse("x", []byte(formatsDefinition))
	if len(problems) > 0 {
		f.Fatal(problems)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, method := range []string{"xml", "csv", "lines", "binary"} {
			out, err := connector.DecodeAnswer(def.Method(method), body)
			if err == nil && !json.Valid(out) {
				t.Errorf("%s makes %q of %q", method, out, body)
			}
		}
	})
}
