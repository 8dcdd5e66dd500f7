package mapping

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestBindScript(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, code, refs, failed string }{
		{"{{S a}} + 1", "v1 + 1", "{{S a}}", ""},
		{"'a {{S b}} c'", "('a '+(v1??'')+' c')", "{{S b}}", ""},
		{`"\"{{S b}}"`, `("\""+(v1??'')+"")`, "{{S b}}", ""},
		{"`a {{S b}} ${ {{S c}} + `x{{S d}}` } \\` {{S e}}`", "`a ${v1??''} ${ v2 + `x${v3??''}` } \\` ${v4??''}`", "{{S b}} {{S c}} {{S d}} {{S e}}", ""},
		{"`${ {a: {b: 1}}.a.b } {{S c}}`", "`${ {a: {b: 1}}.a.b } ${v1??''}`", "{{S c}}", ""},
		{"a / {{S b}} / 2", "a / v1 / 2", "{{S b}}", ""},
		{"x.replace(/'/g, {{S b}})", "x.replace(/'/g, v1)", "{{S b}}", ""},
		{"/[/']/.test({{S b}})", "/[/']/.test(v1)", "{{S b}}", ""},
		{"/{{S b}}/.test(x)", "", "", "regular expression"},
		{"x // {{S b}}", "", "", "a comment"},
		{"x /* {{S b}} */", "", "", "a comment"},
		{"{{S b", "", "", "does not end"},
		{"// a\n{{S b}}", "// a\nv1", "{{S b}}", ""},
		{"return /'{1}/.test('{{S b}}')", "return /'{1}/.test((''+(v1??'')+''))", "{{S b}}", ""},
	} {
		n := 0
		code, _, refs, err := bindScript(c.text, func() string { n++; return fmt.Sprintf("v%d", n) })
		switch {
		case c.failed != "" && (err == nil || !strings.Contains(err.Error(), c.failed)):
			t.Errorf("%s: error %v, want %s", c.text, err, c.failed)
		case c.failed == "" && (err != nil || code != c.code || strings.Join(refs, " ") != c.refs):
			t.Errorf("%s\ngives %s %q %v\nwant  %s %q", c.text, code, refs, err, c.code, c.refs)
		}
	}
}

// FuzzScript holds that no merge field reaches the code, and that what is bound is bound again to the same.
func FuzzScript(f *testing.F) {
	for _, s := range []string{"{{S a}} + 1", "'a {{S b}} c'", "`a {{S b}} ${ {{S c}} }`", "x.replace(/'/g, {{S b}})", "// a\n{{S b}}", "{{S b", "a / {{b}} / 2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bind := func(text string) (string, []string, error) {
			code, marks, refs, err := bindScript(text, func() string { return "bound" })
			e := Expression{Code: code, text: text, marks: marks}
			if line, column := e.Place(1, 1+len(text)/2); line < 1 || column < 1 {
				t.Fatalf("%q has a place %d:%d", text, line, column)
			}
			return code, refs, err
		}
		code, refs, err := bind(text)
		if err != nil {
			return
		}
		if strings.Count(code, "bound")-strings.Count(text, "bound") < len(refs) {
			t.Fatalf("%q became %q, which lacks one of %q", text, code, refs)
		}
		for _, ref := range refs {
			if strings.Contains(code, ref) {
				t.Fatalf("%q became %q, which has %q in it", text, code, ref)
			}
		}
	})
}

// Whatever stands around a merge field, what it is called never reaches the code.
func TestBindScriptNeverPastes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{"'", `"`, "`", "${", "}", "{", "/", "*", "//", "\n", " ", "a", "(", ")", "[", "]", "{{SECRET}}", "=", "return "})).Draw(t, "pieces")
		code, _, _, err := bindScript(strings.Join(pieces, ""), func() string { return "v1" })
		if err == nil && strings.Contains(code, "SECRET") && strings.Contains(strings.Join(pieces, ""), "{{SECRET}}") {
			t.Fatalf("%q became %q", pieces, code)
		}
	})
}

// TestPlaces: an error is told where its author finds it.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		at   string // what stands in the code at the place of the error
		want string // line:column in the typed text, whose sign = counts
	}{
		{"x.y", "x.y", "1:2"},
		{"{{S long field}} + x.y", "x.y", "1:21"},
		{"{{S long field}}.a + 1", "v1", "1:2"},
		{"{{S a}} + {{S long field}} + x.y", "x.y", "1:31"},
		{"'Dear {{S name}}, ' + x.y", "x.y", "1:24"},
		{"'Dear {{S name}}, ' + x.y", "v1", "1:8"},
		{"'Dear {{S name}}, ' + x.y", ", '", "1:18"},
		{"`Dear {{S name}} ${x.y}`", "x.y", "1:21"},
		{"'ü{{S ü}}ü' + ü.y", "ü.y", "1:16"},
		{"{{S a}}\n  + x.y", "x.y", "2:5"},
		{"`a\n{{S a}} ${x.y}`", "x.y", "2:11"},
		{"'{{S a}}' + '{{S b}}' + x.y", "x.y", "1:26"},
	} {
		n := 0
		code, marks, _, err := bindScript(c.text, func() string { n++; return fmt.Sprintf("v%d", n) })
		if err != nil {
			t.Fatal(err)
		}
		at := strings.Index(code, c.at)
		if at < 0 {
			t.Fatalf("%s is not in %s", c.at, code)
		}
		start := strings.LastIndexByte(code[:at], '\n') + 1
		e := Expression{Code: code, text: c.text, marks: marks}
		line, column := e.Place(1+strings.Count(code[:at], "\n"), 1+utf8.RuneCountInString(code[start:at]))
		if got := fmt.Sprintf("%d:%d", line, column); got != c.want {
			t.Errorf("%s of %s is told at %s, want %s", c.at, c.text, got, c.want)
		}
	}
}
