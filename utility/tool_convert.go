package utility

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
	"unicode/utf8"

	"paceline/connector"
	"paceline/mapping"
)

// columns reads how text in columns is written.
func columns(c connector.UtilityCall) (*connector.CSVDef, error) {
	d := c.Param("Delimiter")
	switch d {
	case `\t`, "tab":
		d = "\t"
	case "":
		d = ","
	}
	if utf8.RuneCountInString(d) != 1 || strings.ContainsAny(d, "\"\r\n\x00\ufffd") {
		return nil, badInput("Delimiter is one character, or tab.")
	}
	header, err := flag(c, "Header", true)
	return &connector.CSVDef{Delimiter: d, Header: &header}, err
}

// mostColumns bounds the columns of a text.
const mostColumns = 1000

// namesOf adds to names those of the members of all rows, in the order in which they come.
func namesOf(names []string, rows []json.RawMessage) []string {
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	for _, r := range rows {
		for n := range mapping.Members(r) {
			if !known[n] && len(names) < mostColumns {
				known[n] = true
				names = append(names, n)
			}
		}
	}
	return names
}

func csvToJSON(_ context.Context, c connector.UtilityCall) (any, error) {
	def, err := columns(c)
	if err != nil {
		return nil, err
	}
	rows, err := connector.DecodeCSV(def, bytes.TrimPrefix([]byte(textOf(c, "Text")), []byte("\ufeff")), toolBytes)
	if err != nil {
		return nil, badInput("The text cannot be read: %v.", err)
	}
	return struct {
		Rows  json.RawMessage
		Count int
	}{rows, len(itemsOf(rows))}, nil
}

func jsonToCSV(_ context.Context, c connector.UtilityCall) (any, error) {
	def, err := columns(c)
	if err != nil {
		return nil, err
	}
	if def.People, err = flag(c, "People", false); err != nil {
		return nil, err
	}
	rows := listOf(c, "Rows")
	out, err := writeCSV(def, namedColumns(c), rows)
	return struct {
		Text  string
		Count int
	}{out, len(rows)}, err
}

// namedColumns are those that the parameter Columns names, with commas between them.
func namedColumns(c connector.UtilityCall) (names []string) {
	for name := range strings.SplitSeq(c.Param("Columns"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// writeCSV writes rows as text in columns: first those with the names, then the other members of the rows.
func writeCSV(def *connector.CSVDef, names []string, rows []json.RawMessage) (string, error) {
	for _, r := range rows {
		if mapping.KindOf(r) != mapping.Object {
			return "", badInput("A row is not an object.")
		}
	}
	if names = namesOf(names, rows); len(names) == 0 {
		return "", nil
	}
	doc, err := encode(rows)
	if err != nil {
		return "", err
	}
	text, err := connector.AppendCSV(nil, def, names, doc, toolBytes)
	if err != nil {
		return "", tooLarge()
	}
	return string(text), nil
}

func xmlToJSON(_ context.Context, c connector.UtilityCall) (any, error) {
	doc, err := connector.DecodeXML([]byte(textOf(c, "Text")), toolBytes)
	if err != nil {
		return nil, badInput("The text cannot be read: %v.", err)
	}
	return struct{ Document json.RawMessage }{doc}, nil
}

func jsonToXML(_ context.Context, c connector.UtilityCall) (any, error) {
	doc := field(c, "Document")
	if root := c.Param("Root"); root != "" {
		name, err := encode(root)
		if err != nil {
			return nil, err
		}
		doc = append(append(append([]byte{'{'}, name...), ':'), append(doc, '}')...)
	}
	members := 0
	for _, v := range mapping.Members(doc) {
		if members++; mapping.KindOf(v) == mapping.List {
			members += 2 // each item would be a root
		}
	}
	if mapping.KindOf(doc) != mapping.Object || members != 1 {
		return nil, badInput("Document has not one root: name one as Root.")
	}
	out, err := connector.AppendXML([]byte(xml.Header), doc, toolBytes)
	if _, full := errors.AsType[*connector.FullError](err); full {
		return nil, tooLarge()
	}
	if err != nil {
		return nil, badInput("The document cannot be written: %v.", err)
	}
	return textAnswer{string(out)}, nil
}

func parseJSON(_ context.Context, c connector.UtilityCall) (any, error) {
	doc := []byte(strings.TrimPrefix(strings.TrimSpace(textOf(c, "Text")), "\ufeff"))
	if err := connector.CheckJSON(doc); err != nil {
		return nil, badInput("The text cannot be read: %v.", err)
	}
	return struct{ Document json.RawMessage }{doc}, nil
}

func writeJSON(_ context.Context, c connector.UtilityCall) (any, error) {
	pretty, err := flag(c, "Indent", false)
	if err != nil {
		return nil, err
	}
	doc := field(c, "Document")
	if !pretty {
		return textAnswer{string(doc)}, nil
	}
	if indented(doc) > toolBytes {
		return nil, tooLarge()
	}
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "", "  "); err != nil {
		return nil, err
	}
	return textAnswer{b.String()}, nil
}

// indented is how many bytes a document has once it is indented, or some number above toolBytes: a document of many levels
// becomes a thousand times as large.
func indented(doc []byte) (n int) {
	depth, quoted, opened := 0, false, false
	for i := 0; i < len(doc) && n <= toolBytes; i++ {
		c := doc[i]
		switch {
		case quoted:
			if n++; c == '\\' {
				n, i = n+1, i+1
			} else {
				quoted = c != '"'
			}
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		case c == ']' || c == '}':
			if !opened {
				depth--
				n += 1 + 2*depth
			}
			n, opened = n+1, false
			continue
		}
		if opened {
			depth++
			n, opened = n+1+2*depth, false
		}
		n++
		switch c {
		case '"':
			quoted = true
		case '[', '{':
			opened = true
		case ',':
			n += 1 + 2*depth
		case ':':
			n++
		}
	}
	return n
}
