package utility_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"paceline/connector"
)

// made is the answer of a method that makes a file.
type made struct {
	File struct {
		Name, Type string
		Base64     []byte
	}
}

func (h *house) tool(t *testing.T, method string, params map[string]string, fields map[string]any) (json.RawMessage, string) {
	t.Helper()
	out, err := h.call(t.Context(), "data-tools/"+method, params, fields, 0, 0, "")
	if failed, ok := errors.AsType[*connector.Error](err); ok {
		return nil, failed.Detail
	}
	if err != nil {
		t.Fatal(err)
	}
	return out, ""
}

func inline(content []byte) map[string]any {
	return map[string]any{"File": map[string]any{"base64": base64.StdEncoding.EncodeToString(content)}}
}

// TestWorkbooksKeepValues: what was written as a spreadsheet is read as it was, and no cell is a formula.
func TestWorkbooksKeepValues(t *testing.T) {
	t.Parallel()
	h := bareHouse(t, nil)
	rows := `[{"name":"=1+1","n":-12.5,"yes":true,"no":false,"long":"12345678901234567890","gone":null},{"name":" <a> & \"b\"\n+","n":0,"extra":"@SUM(A1)"}]`
	var list any
	if err := json.Unmarshal([]byte(rows), &list); err != nil {
		t.Fatal(err)
	}
	out, problem := h.tool(t, "json-to-xlsx", map[string]string{"Columns": "n, name", "Sheet": "Orders & more"}, map[string]any{"Rows": list})
	var file made
	if problem != "" || json.Unmarshal(out, &file) != nil {
		t.Fatal(problem)
	}
	z, err := zip.NewReader(bytes.NewReader(file.File.Base64), int64(len(file.File.Base64)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || strings.Contains(string(text), "<f") {
			t.Errorf("%s: %v\n%s", f.Name, err, text)
		}
	}
	out, problem = h.tool(t, "xlsx-to-json", nil, inline(file.File.Base64))
	want := `{"Rows":[{"n":-12.5,"name":"=1+1","gone":null,"long":"12345678901234567890","no":false,"yes":true},` +
		`{"n":0,"name":" <a> & \"b\"\n+","gone":null,"long":null,"no":null,"yes":null,"extra":"@SUM(A1)"}],"Count":2,"Sheets":["Orders & more"]}`
	if problem != "" || same(t, out) != same(t, json.RawMessage(want)) {
		t.Errorf("%s %s", problem, out)
	}
	for params, problem := range map[[2]string]string{
		{"Sheet", "a/b"}: "not the name of a sheet", {"Sheet", strings.Repeat("x", 32)}: "not the name of a sheet", {"Name", "../x"}: "not the name of a file",
	} {
		if _, got := h.tool(t, "json-to-xlsx", map[string]string{params[0]: params[1]}, map[string]any{"Rows": list}); !strings.Contains(got, problem) {
			t.Errorf("%v: %q", params, got)
		}
	}
}

// packed makes a ZIP file of members by turns: name, content.
func packed(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		m, err := w.Create(members[i])
		if err == nil {
			_, err = m.Write([]byte(members[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	bookOfTwo = `<workbook><workbookPr/><sheets><sheet name="First" sheetId="1" r:id="a"/><sheet name="Second" sheetId="2" r:id="b"/></sheets></workbook>`
	bookLinks = `<Relationships><Relationship Id="a" Target="worksheets/one.xml"/><Relationship Id="b" Target="/xl/worksheets/two.xml"/></Relationships>`
)

// TestWorkbooksOfOthers: shared and formatted texts, dates, formulas' results, gaps, and a second sheet.
func TestWorkbooksOfOthers(t *testing.T) {
	t.Parallel()
	h := bareHouse(t, nil)
	book := packed(t, "xl/workbook.xml", bookOfTwo, "xl/_rels/workbook.xml.rels", bookLinks,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd hh:mm"/><numFmt numFmtId="165" formatCode="[Red]0.0&quot; days&quot;"/></numFmts>
			<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml", `<sst><si><t>name</t></si><si><r><t>Ada </t></r><r><rPr/><t>Lovelace</t></r><rPh><t>spoken</t></rPh></si><si><t/></si></sst>`,
		"xl/worksheets/one.xml", `<worksheet><sheetData><row r="1"/><row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="inlineStr"><is><t>when</t></is></c><c r="D2" t="str"><f>"na"&amp;"me"</f><v>name</v></c></row>
			<row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3" s="1"><v>46082</v></c><c r="C3" t="b"><v>1</v></c><c r="D3" t="e"><v>#N/A</v></c><c r="E3"><f>1+1</f><v>2</v></c></row>
			<row><c s="3"><v>1.5</v></c><c s="2"><v>46082.75</v></c><c t="s"><v>2</v></c></row></sheetData></worksheet>`,
		"xl/worksheets/two.xml", `<worksheet><sheetData><row><c><v>1E-3</v></c></row></sheetData></worksheet>`)
	out, problem := h.tool(t, "xlsx-to-json", nil, inline(book))
	want := `{"Rows":[{"name":"Ada Lovelace","when":"2026-03-01","3":true,"name 2":"#N/A","5":2},{"name":1.5,"when":"2026-03-01T18:00:00","3":""}],"Count":2,"Sheets":["First","Second"]}`
	if problem != "" || same(t, out) != same(t, json.RawMessage(want)) {
		t.Errorf("%s %s", problem, out)
	}
	out, problem = h.tool(t, "xlsx-to-json", map[string]string{"Sheet": "Second", "Header": "false"}, inline(book))
	if want := `{"Rows":[{"1":0.001}],"Count":1,"Sheets":["First","Second"]}`; problem != "" || same(t, out) != same(t, json.RawMessage(want)) {
		t.Errorf("%s %s", problem, out)
	}
	if _, problem := h.tool(t, "xlsx-to-json", map[string]string{"Sheet": "Third"}, inline(book)); !strings.Contains(problem, "no sheet of that name") {
		t.Error(problem)
	}
}

// bomb is a member that says it is small, and unpacks to n bytes.
func bomb(t *testing.T, name string, n int64) []byte {
	t.Helper()
	var packed, b bytes.Buffer
	f, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, io.LimitReader(zeros{}, n)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(&b)
	for _, part := range [][2]string{{"xl/workbook.xml", bookOfTwo}, {"xl/_rels/workbook.xml.rels", bookLinks}} {
		m, err := w.Create(part[0])
		if err == nil {
			_, err = m.Write([]byte(part[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(n)})
	if err == nil {
		_, err = m.Write(packed.Bytes())
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestHostileArchives: what unpacks to too much, leads elsewhere or is broken is refused, and says why.
func TestHostileArchives(t *testing.T) {
	t.Parallel()
	h := bareHouse(t, nil)
	encrypted := packed(t, "a.txt", "a")
	for at := range encrypted { // the flag in both headers of the member
		if bytes.HasPrefix(encrypted[at:], []byte("PK\x03\x04")) {
			encrypted[at+6] |= 1
		}
		if bytes.HasPrefix(encrypted[at:], []byte("PK\x01\x02")) {
			encrypted[at+8] |= 1
		}
	}
	many := make([]string, 0, 2002)
	for range 1001 {
		many = append(many, strings.Repeat("x", 1+len(many)/2), "")
	}
	sheet := func(text string) []byte {
		return packed(t, "xl/workbook.xml", bookOfTwo, "xl/_rels/workbook.xml.rels", bookLinks, "xl/worksheets/one.xml", text)
	}
	for _, c := range []struct {
		what, method string
		content      []byte
		problem      string
	}{
		{"a bomb", "unzip", bomb(t, "a", 100<<20), "unpacks to more than"},
		{"a small one", "unzip", bomb(t, "a", 3<<20), "unpacks to more than 1048576 bytes"},
		{"a sheet that is one", "xlsx-to-json", bomb(t, "xl/worksheets/one.xml", 100<<20), "unpacks to more than"},
		{"texts that are one", "xlsx-to-json", bomb(t, "xl/sharedStrings.xml", 100<<20), "unpacks to more than"},
		{"a path upwards", "unzip", packed(t, "../../etc/passwd", "x"), "leads elsewhere"},
		{"an absolute path", "unzip", packed(t, "/etc/passwd", "x"), "leads elsewhere"},
		{"a path of Windows", "unzip", packed(t, `..\x`, "x"), "leads elsewhere"},
		{"a secret one", "unzip", encrypted, "encrypted"},
		{"very many members", "unzip", packed(t, many...), "more than 1000 members"},
		{"no archive", "unzip", []byte("hello"), "cannot be read"},
		{"no workbook", "xlsx-to-json", packed(t, "a", "b"), "no workbook"},
		{"a broken sheet", "xlsx-to-json", sheet(`<worksheet><sheetData><row><c><v>1</`), "cannot be read"},
		{"a sheet that ends early", "xlsx-to-json", sheet(`<worksheet><sheetData><row><c><v>1`), "cannot be read"},
		{"a text that is not there", "xlsx-to-json", sheet(`<row><c t="s"><v>7</v></c></row>`), "a text that the file does not have"},
		{"a number that is none", "xlsx-to-json", sheet(`<row><c><v>{"a":1}</v></c></row>`), "not the number"},
		{"a column far away", "xlsx-to-json", sheet(`<row><c r="XFD1"><v>7</v></c></row>`), "more than 1000 columns"},
		{"a column that is none", "xlsx-to-json", sheet(`<row><c r="1"><v>7</v></c></row>`), "more than 1000 columns"},
	} {
		if out, problem := h.tool(t, c.method, nil, inline(c.content)); !strings.Contains(problem, c.problem) {
			t.Errorf("%s: %q %.200s", c.what, problem, out)
		}
	}
}

// TestFilesArePacked: files keep their content, and each has a name of its own, without folders.
func TestFilesArePacked(t *testing.T) {
	t.Parallel()
	h := bareHouse(t, nil)
	out, problem := h.tool(t, "zip-files", map[string]string{"Name": "all.zip"}, map[string]any{"Files": []any{
		map[string]any{"name": "a.txt", "text": "one"}, map[string]any{"name": "../A.txt", "base64": "AAE="}, map[string]any{"text": "three"}, "four"}})
	var file made
	if problem != "" || json.Unmarshal(out, &file) != nil || file.File.Name != "all.zip" {
		t.Fatal(problem, string(out))
	}
	out, problem = h.tool(t, "unzip", nil, inline(file.File.Base64))
	for _, want := range []string{`"Path":"a.txt","Size":3`, `"Path":"A (2).txt","Size":2`, `"base64":"AAE="`, `"Path":"file","Size":5`, `"Path":"file (2)","Size":4`, `"Count":4`} {
		if problem != "" || !strings.Contains(string(out), want) {
			t.Errorf("%s: %s, want %s", problem, out, want)
		}
	}
	for _, files := range []any{nil, []any{map[string]any{"name": "x"}}} {
		if _, problem := h.tool(t, "zip-files", nil, map[string]any{"Files": files}); problem == "" {
			t.Errorf("%v was packed", files)
		}
	}
}

// FuzzWorkbook: no file, however broken, does more than be refused.
func FuzzWorkbook(f *testing.F) {
	h := bareHouse(f, nil)
	for _, text := range []string{`<row><c r="A1" t="s"><v>0</v></c></row>`, `<row><c t="inlineStr"><is><t>x</t></is></c><c s="1"><v>2</v></c></row>`, `<c`} {
		f.Add(text, `<sst><si><t>a</t></si></sst>`)
	}
	f.Fuzz(func(t *testing.T, sheet, texts string) {
		book := packed(t, "xl/workbook.xml", bookOfTwo, "xl/_rels/workbook.xml.rels", bookLinks, "xl/worksheets/one.xml", sheet, "xl/sharedStrings.xml", texts)
		if out, _ := h.tool(t, "xlsx-to-json", map[string]string{"Header": "false"}, inline(book)); out != nil && !json.Valid(out) {
			t.Errorf("%q is no JSON", out)
		}
	})
}
