package connector

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"paceline/mapping"
)

// Format csv writes and reads a list of objects as lines with columns, the names in the first line; without
// such a line the names are 1, 2, 3 and so on.
var (
	_ = registerBody("csv", bodyFormat{contentType: "text/csv; charset=utf-8", build: buildCSV, check: checkCSV})
	_ = registerAnswer("csv", answerFormat{accept: "text/csv", decode: decodeCSV})
)

var errNotCSV = errors.New("it is not text in columns")

// Bounds of text in columns.
const (
	maxColumns    = 5_000
	maxColumnName = 1_000
)

func (c *CSVDef) comma() rune {
	if c == nil || c.Delimiter == "" {
		return ','
	}
	r, _ := utf8.DecodeRuneInString(c.Delimiter)
	return r
}

func (c *CSVDef) header() bool { return c == nil || c.Header == nil || *c.Header }

// checkCSV demands that every field is a column of the list that the body is.
func checkCSV(b *builder, m *Method, at string) {
	for i, f := range m.Definition.Request.Fields {
		if _, ok := columnOf(f.Loc); !ok {
			b.add(pointer(at, "fields", i, "loc"), fmt.Sprintf("%q is not a column", shorten(f.Loc)), `Write "[].Name" for the column Name.`)
		}
	}
}

func columnOf(loc string) (string, bool) {
	name, ok := strings.CutPrefix(loc, "[].")
	return name, ok && !strings.ContainsAny(name, ".[]\\")
}

func buildCSV(m *Method, in *mapping.Inputs, r *room) (content, error) {
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	def := &m.Definition.Request
	var columns []string
	for _, f := range def.Fields {
		if name, ok := columnOf(f.Loc); ok {
			columns = append(columns, name)
		}
	}
	// Fields that an account added to the method come behind those of the definition.
	body, err := appendCSV(nil, def.CSV, columns, doc, r)
	return content{body: body}, err
}

// AppendCSV writes a list of objects as lines: first the columns, then the further members of the objects, which the first
// of them need not have. The text has at most most bytes.
func AppendCSV(dst []byte, def *CSVDef, columns []string, rows mapping.Value, most int) ([]byte, error) {
	return appendCSV(dst, def, columns, rows, &room{ctx: context.Background(), most: most})
}

func appendCSV(dst []byte, def *CSVDef, columns []string, rows mapping.Value, r *room) ([]byte, error) {
	columns = slices.Clip(columns) // the caller's stay as they are
	at := make(map[string]int, len(columns))
	for i, name := range columns {
		at[name] = i
	}
	for row := range wholeList.GetAll(rows) {
		for name := range mapping.Members(row) {
			if _, known := at[name]; !known && len(columns) < maxColumns {
				at[name] = len(columns)
				columns = append(columns, name)
			}
		}
	}
	people := def != nil && def.People
	out := bytes.NewBuffer(dst)
	w := csv.NewWriter(out)
	w.Comma, w.UseCRLF = def.comma(), true
	write := func(cells []string) error {
		if len(cells) == 1 && cells[0] == "" { // an empty line would be none
			w.Flush()
			out.WriteString("\"\"\r\n")
		} else {
			w.Write(cells)
		}
		return r.fits(out.Len()) // an empty row has as many separators as there are columns
	}
	if def.header() {
		names := slices.Clone(columns)
		for i := range names {
			if people {
				names[i] = WithoutFormula(names[i])
			}
		}
		if err := write(names); err != nil {
			return nil, err
		}
	}
	cells := make([]string, len(columns))
	for row := range wholeList.GetAll(rows) {
		clear(cells)
		for name, v := range mapping.Members(row) {
			if i, known := at[name]; known {
				cells[i] = mapping.Text(v)
				if people {
					cells[i] = WithoutFormula(cells[i])
				}
			}
		}
		if err := write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), r.fits(out.Len())
}

// WithoutFormula puts an apostrophe before a text that a spreadsheet would take for a formula. It is for
// files that people open (requirement S-044); what machines read keeps its bytes.
func WithoutFormula(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}

func decodeCSV(r *ResponseDef, _ *answer, body []byte, limit int64) ([]byte, error) {
	return DecodeCSV(r.CSV, body, limit)
}

// DecodeCSV reads text in columns as a list of objects, as JSON of at most limit bytes.
func DecodeCSV(def *CSVDef, body []byte, limit int64) ([]byte, error) {
	d := csv.NewReader(bytes.NewReader(body))
	d.Comma, d.FieldsPerRecord, d.ReuseRecord, d.LazyQuotes = def.comma(), -1, true, true
	var names [][]byte // quoted, with a colon
	name := func(i int) []byte {
		for len(names) <= i {
			names = append(names, append(appendString(nil, strconv.Itoa(len(names)+1)), ':'))
		}
		return names[i]
	}
	out := []byte{'['}
	for first := true; ; first = false {
		cells, err := d.Read()
		if err == io.EOF {
			return append(out, ']'), nil
		}
		if err != nil || len(cells) > maxColumns {
			return nil, errNotCSV
		}
		if first && def.header() {
			for _, cell := range cells {
				if len(cell) > maxColumnName {
					return nil, errNotCSV
				}
				names = append(names, append(appendString(nil, strings.TrimSpace(cell)), ':'))
			}
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, '{')
		for i, cell := range cells {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendString(append(out, name(i)...), cell)
		}
		if out = append(out, '}'); int64(len(out)) > limit {
			return nil, errTooLarge
		}
	}
}
