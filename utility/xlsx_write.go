package utility

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"

	"paceline/mapping"
)

// A workbook of one sheet. Texts are written as texts, never as formulas, whatever they begin with: a spreadsheet shows
// "=1+1" and computes nothing.

// The bounds that spreadsheets have themselves.
const (
	sheetRows = 1 << 20
	cellText  = 32_767 // characters
	sheetName = 31
)

const (
	xlsxMain  = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	xlsxLinks = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	xlsxParts = `http://schemas.openxmlformats.org/package/2006/`
	xlsxKind  = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
)

// writeWorkbook writes the names, then a line for each row, an object.
func writeWorkbook(sheet string, names []string, rows []json.RawMessage) ([]byte, error) {
	if len(rows) >= sheetRows {
		return nil, badInput("A sheet takes %d rows.", sheetRows)
	}
	if n := utf8.RuneCountInString(sheet); n > sheetName || strings.ContainsAny(sheet, `[]:*?/\`) || strings.Trim(sheet, "'") != sheet {
		return nil, badInput("Sheet is not the name of a sheet.")
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, part := range []struct {
		name  string
		write func(b *bytes.Buffer) error
	}{
		{"[Content_Types].xml", plainPart(`<Types xmlns="` + xlsxParts + `content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + xlsxKind + `sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + xlsxKind + `worksheet+xml"/></Types>`)},
		{"_rels/.rels", plainPart(`<Relationships xmlns="` + xlsxParts + `relationships">` +
			`<Relationship Id="r1" Type="` + xlsxLinks + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`)},
		{"xl/_rels/workbook.xml.rels", plainPart(`<Relationships xmlns="` + xlsxParts + `relationships">` +
			`<Relationship Id="r1" Type="` + xlsxLinks + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`)},
		{"xl/workbook.xml", plainPart(`<workbook xmlns="` + xlsxMain + `" xmlns:r="` + xlsxLinks + `"><sheets><sheet name="` + escaped(sheet) +
			`" sheetId="1" r:id="r1"/></sheets></workbook>`)},
		{"xl/worksheets/sheet1.xml", func(b *bytes.Buffer) error { return writeSheet(b, names, rows) }},
	} {
		text := bytes.NewBufferString(xml.Header)
		if err := part.write(text); err != nil {
			return nil, err
		}
		m, err := w.Create(part.name)
		if err == nil {
			_, err = m.Write(text.Bytes())
		}
		if err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func plainPart(text string) func(*bytes.Buffer) error {
	return func(b *bytes.Buffer) error { b.WriteString(text); return nil }
}

func escaped(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

func writeSheet(b *bytes.Buffer, names []string, rows []json.RawMessage) error {
	b.WriteString(`<worksheet xmlns="` + xlsxMain + `"><sheetData>`)
	if len(names) > 0 {
		b.WriteString(`<row>`)
		for _, n := range names {
			if err := writeCell(b, mapping.Quote(n)); err != nil {
				return err
			}
		}
		b.WriteString(`</row>`)
	}
	for _, r := range rows {
		members := map[string]mapping.Value{}
		for n, v := range mapping.Members(r) {
			members[n] = v
		}
		b.WriteString(`<row>`)
		for _, n := range names {
			if err := writeCell(b, members[n]); err != nil {
				return err
			}
		}
		if b.WriteString(`</row>`); b.Len() > mostUnpacked {
			return badInput("The sheet has more than %d bytes.", mostUnpacked)
		}
	}
	b.WriteString(`</sheetData></worksheet>`)
	return nil
}

// writeCell writes a value. A number with more digits than a spreadsheet keeps is a text.
func writeCell(b *bytes.Buffer, v mapping.Value) error {
	switch kind := mapping.KindOf(v); {
	case kind <= mapping.Null:
		b.WriteString(`<c/>`)
		return nil
	case kind == mapping.Number && len(mapping.Text(v)) <= 15:
		fmt.Fprintf(b, `<c><v>%s</v></c>`, mapping.Text(v))
		return nil
	case kind == mapping.Boolean:
		fmt.Fprintf(b, `<c t="b"><v>%d</v></c>`, len("false")-len(mapping.Text(v)))
		return nil
	}
	text := mapping.Text(v)
	if utf8.RuneCountInString(text) > cellText {
		return badInput("A cell takes %d characters.", cellText)
	}
	b.WriteString(`<c t="inlineStr"><is><t xml:space="preserve">`)
	xml.EscapeText(b, []byte(text))
	b.WriteString(`</t></is></c>`)
	return nil
}
