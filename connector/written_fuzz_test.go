package connector

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"paceline/mapping"
)

// FuzzWrittenXML holds that what is written as XML is XML, whatever custom fields people name, and is read back to the same
// texts.
func FuzzWrittenXML(f *testing.F) {
	f.Add("a.b", "x & <y>")
	f.Add("a b", "x")
	f.Add(`\a>b\.@c d`, "\x00\xff")
	f.Add("[a].#text", "]]>")
	f.Add("1a.@xmlns:x", "é\u2028")
	f.Fuzz(func(t *testing.T, location, text string) {
		l, err := mapping.ParseLocation(location)
		if err != nil {
			return
		}
		in := mapping.Inputs{Fields: []mapping.Field{{Location: l, Value: mapping.Quote(text)}}}
		out, err := bodyFormats["xml"].build(&Method{Definition: &MethodDef{Request: RequestDef{Root: "Root"}}}, &in, &room{ctx: t.Context(), most: 64 << 20})
		if err != nil {
			return
		}
		d := xml.NewDecoder(strings.NewReader(string(out.body)))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q at %q became %s: %v", text, location, out.body, err)
			}
		}
		doc, err := answerFormats["xml"].decode(&ResponseDef{}, &answer{}, out.body, 1<<20)
		if err == nil && !json.Valid(doc) {
			t.Fatalf("%s was read as %s", out.body, doc)
		}
	})
}

// FuzzWrittenCSV holds that each row that is written as CSV is one row to who reads it, with the same text.
func FuzzWrittenCSV(f *testing.F) {
	for _, s := range []string{"a", "a,b", "\"", "a\r\nb", "=1+1", "\xff\x00", " a ", ""} {
		f.Add(s, s, false)
	}
	f.Fuzz(func(t *testing.T, name, text string, people bool) {
		l, err := mapping.ParseLocation(`[].\` + strings.NewReplacer(`\`, `\\`).Replace(name) + `\`)
		if err != nil {
			return
		}
		cell := mapping.Tree{Value: mapping.Quote(text)}
		in := mapping.Inputs{Fields: []mapping.Field{{Location: l, Tree: &mapping.Tree{Items: []mapping.Tree{cell, cell}}}}}
		def := &MethodDef{Request: RequestDef{CSV: &CSVDef{People: people}, Fields: []FieldDef{{Loc: l.String()}}}}
		out, err := bodyFormats["csv"].build(&Method{Definition: def}, &in, &room{ctx: t.Context(), most: 64 << 20})
		if err != nil {
			return
		}
		doc, err := answerFormats["csv"].decode(&ResponseDef{}, &answer{}, out.body, 1<<20)
		if err != nil {
			t.Fatalf("%q became %q, which is not read: %v", text, out.body, err)
		}
		var rows []map[string]string
		if err := json.Unmarshal(doc, &rows); err != nil || len(rows) != 2 {
			t.Fatalf("%q became %q, and that %s", text, out.body, doc)
		}
	})
}
