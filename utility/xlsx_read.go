package utility

import (
	"archive/zip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"paceline/mapping"
)

// mostTexts bounds the shared texts of a workbook.
const mostTexts = 500_000

// workbook is what is read of one before its sheet: no part of it is held as a whole but the shared texts.
type workbook struct {
	*archive
	sheets []sheetRef
	texts  []string
	dates  []bool // by style: whether its numbers are dates
	epoch  time.Time
}

type sheetRef struct{ name, part string }

// openWorkbook reads all but the sheets.
func openWorkbook(content []byte) (*workbook, error) {
	a, err := openArchive(content, mostUnpacked)
	if err != nil {
		return nil, err
	}
	w := &workbook{archive: a, epoch: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	links, err := w.links()
	if err != nil {
		return nil, err
	}
	err = w.elements("xl/workbook.xml", func(d *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			if v := attr(e, "date1904"); v == "1" || v == "true" {
				w.epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		case "sheet":
			if part := links[attr(e, "id")]; part != "" {
				w.sheets = append(w.sheets, sheetRef{attr(e, "name"), part})
			}
		}
		return nil
	})
	if err == nil && len(w.sheets) == 0 {
		err = badInput("The file is no workbook.")
	}
	if err == nil {
		err = w.styles()
	}
	if err == nil {
		err = w.sharedTexts()
	}
	return w, err
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// elements calls f with each element of a part; a part that is missing has none.
func (w *workbook) elements(part string, f func(d *xml.Decoder, e xml.StartElement) error) error {
	at := slices.IndexFunc(w.File, func(f *zip.File) bool { return f.Name == part })
	if at < 0 {
		return nil
	}
	r, err := w.open(w.File[at])
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if e, ok := token.(xml.StartElement); ok && err == nil {
			err = f(d, e)
		}
		if err != nil {
			return unreadable(part, err)
		}
	}
}

// links are the parts that the workbook names by ids.
func (w *workbook) links() (map[string]string, error) {
	links := map[string]string{}
	err := w.elements("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local == "Relationship" {
			target := attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = "/xl/" + target
			}
			links[attr(e, "Id")] = strings.TrimPrefix(path.Clean(target), "/")
		}
		return nil
	})
	return links, err
}

// styles finds out which styles show numbers as dates.
func (w *workbook) styles() error {
	formats := map[string]bool{}
	for _, n := range []int{14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47} { // those that every program knows
		formats[strconv.Itoa(n)] = true
	}
	within := false
	return w.elements("xl/styles.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			formats[attr(e, "numFmtId")] = showsDate(attr(e, "formatCode"))
		case "cellXfs", "cellStyleXfs", "dxfs":
			within = e.Name.Local == "cellXfs"
		case "xf":
			if within {
				w.dates = append(w.dates, formats[attr(e, "numFmtId")])
			}
		}
		return nil
	})
}

// showsDate reports whether a format has parts of dates outside of quotes and brackets.
func showsDate(format string) bool {
	quoted := false
	for i := 0; i < len(format); i++ {
		switch c := format[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			if end := strings.IndexByte(format[i:], ']'); end > 0 {
				i += end
			}
		case strings.IndexByte("ymdhsYMDHS", c) >= 0:
			return true
		}
	}
	return false
}

func (w *workbook) sharedTexts() error {
	return w.elements("xl/sharedStrings.xml", func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		if len(w.texts) == mostTexts {
			return badInput("The file has more than %d texts.", mostTexts)
		}
		text, err := richText(d, "si")
		w.texts = append(w.texts, text)
		return err
	})
}

// richText gathers the text within an element; how it is pronounced is no part of it.
func richText(d *xml.Decoder, until string) (string, error) {
	var b strings.Builder
	text, phonetic := false, 0
	for {
		token, err := d.RawToken()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			text = t.Name.Local == "t"
			if t.Name.Local == "rPh" {
				phonetic++
			}
		case xml.EndElement:
			text = false
			if t.Name.Local == "rPh" {
				phonetic--
			}
			if t.Name.Local == until {
				return b.String(), nil
			}
		case xml.CharData:
			if text && phonetic == 0 {
				b.Write(t)
			}
		}
	}
}

// rows calls f with the cells of each row that has any; a cell without a value is nil.
func (w *workbook) rows(sheet sheetRef, f func(cells []json.RawMessage) error) error {
	var cells []json.RawMessage
	flush := func() error {
		for len(cells) > 0 && cells[len(cells)-1] == nil {
			cells = cells[:len(cells)-1]
		}
		if len(cells) == 0 {
			return nil
		}
		err := f(cells)
		clear(cells)
		cells = cells[:0]
		return err
	}
	err := w.elements(sheet.part, func(d *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "row":
			return flush()
		case "c":
			at := len(cells)
			if ref := attr(e, "r"); ref != "" {
				at = columnOf(ref)
			}
			if at < 0 || at >= mostColumns {
				return badInput("A row has more than %d columns.", mostColumns)
			}
			value, err := w.cell(d, attr(e, "t"), attr(e, "s"))
			for len(cells) <= at {
				cells = append(cells, nil)
			}
			cells[at] = value
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// columnOf is the column of a reference such as AB12, counted from 0.
func columnOf(ref string) int {
	n := 0
	for _, c := range []byte(ref) {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > mostColumns {
			break
		}
	}
	return n - 1
}

// cell reads the value of a cell, nil without one.
func (w *workbook) cell(d *xml.Decoder, kind, style string) (json.RawMessage, error) {
	raw, known := "", false
	for depth := 0; ; {
		token, err := d.RawToken()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch depth++; t.Name.Local {
			case "is":
				text, err := richText(d, "is")
				if err != nil || text == "" {
					return nil, errors.Join(err, skipTo(d, "c"))
				}
				return json.RawMessage(mapping.Quote(text)), skipTo(d, "c")
			case "v":
				known = true
			}
		case xml.CharData:
			if known && depth == 1 {
				raw += string(t)
			}
		case xml.EndElement:
			if t.Name.Local == "c" && depth == 0 {
				return w.value(raw, kind, style)
			}
			if depth--; t.Name.Local == "v" {
				known = false
			}
		}
	}
}

// skipTo reads on behind the end of an element.
func skipTo(d *xml.Decoder, name string) error {
	for {
		token, err := d.RawToken()
		if err != nil {
			return err
		}
		if e, ok := token.(xml.EndElement); ok && e.Name.Local == name {
			return nil
		}
	}
}

func (w *workbook) value(raw, kind, style string) (json.RawMessage, error) {
	switch {
	case raw == "":
		return nil, nil
	case kind == "s":
		n, err := strconv.Atoi(raw)
		if err != nil || n < 0 || n >= len(w.texts) {
			return nil, badInput("A cell names a text that the file does not have.")
		}
		return json.RawMessage(mapping.Quote(w.texts[n])), nil
	case kind == "b":
		return json.RawMessage(strconv.FormatBool(raw == "1" || raw == "true")), nil
	case kind == "" || kind == "n":
		if !json.Valid([]byte(raw)) || mapping.KindOf(mapping.Value(raw)) != mapping.Number {
			return nil, badInput("A cell is not the number that it says it is.")
		}
		if at, err := strconv.Atoi(style); err == nil && at >= 0 && at < len(w.dates) && w.dates[at] {
			return w.date(raw), nil
		}
		return json.RawMessage(raw), nil
	}
	return json.RawMessage(mapping.Quote(raw)), nil // a text that a formula gave, a date as text, or an error such as #N/A
}

// date is the date that a number of days stands for, or the number where there is none such.
func (w *workbook) date(raw string) json.RawMessage {
	days, err := strconv.ParseFloat(raw, 64)
	if err != nil || days < 0 || days >= 2_958_466 { // the end of the year 9999
		return json.RawMessage(raw)
	}
	at := w.epoch.Add(time.Duration(days*86_400+0.5) * time.Second)
	form := "2006-01-02T15:04:05"
	if at.Equal(at.Truncate(24 * time.Hour)) {
		form = time.DateOnly
	}
	return json.RawMessage(mapping.Quote(at.Format(form)))
}
