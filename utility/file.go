package utility

import (
	"context"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

// mostContent bounds a file that is made, in bytes.
const mostContent = 5 << 20

func fileMethods() map[string]method {
	return map[string]method{"create-delimited-text-file": delimitedFile}
}

// delimitedFile writes the rows of the document, which is a list of objects or one of them, as text in columns.
func delimitedFile(_ context.Context, c connector.UtilityCall) (any, error) {
	def, err := columns(c)
	if err != nil {
		return nil, err
	}
	if def.People, err = flag(c, "People", false); err != nil {
		return nil, err
	}
	name, err := fileName(c, "file.csv")
	if err != nil {
		return nil, err
	}
	rows := itemsOf(c.Body)
	if mapping.KindOf(c.Body) == mapping.Object && mapping.Empty(c.Body) {
		rows = rows[:0] // the step has no rows
	}
	content, err := writeCSV(def, nil, rows)
	if err != nil {
		return nil, err
	}
	if len(content) > mostContent {
		return nil, refuse(paceline.CodeUtilityInput, "The file has more than 5 MiB.")
	}
	kind := "text/csv; charset=utf-8"
	if def.Delimiter == "\t" {
		kind = "text/tab-separated-values; charset=utf-8"
	}
	type file struct {
		Name string `json:"name"`
		Type string `json:"type"`
		Text string `json:"text"`
	}
	return struct {
		Content string
		File    file
		Count   int
	}{content, file{name, kind, content}, len(rows)}, nil
}
