package utility

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"paceline/connector"
	"paceline/mapping"
)

// xlsxType is the type of workbooks.
const xlsxType = xlsxKind + "sheet"

func xlsxToJSON(ctx context.Context, c connector.UtilityCall) (any, error) {
	header, err := flag(c, "Header", true)
	if err != nil {
		return nil, err
	}
	f, err := fileField(ctx, c, "File")
	if err != nil {
		return nil, err
	}
	w, err := openWorkbook(f.Content)
	if err != nil {
		return nil, err
	}
	sheet, names := 0, make([]string, len(w.sheets))
	for i, s := range w.sheets {
		names[i] = s.name
	}
	if name := c.Param("Sheet"); name != "" {
		if sheet = slices.Index(names, name); sheet < 0 {
			return nil, badInput("The file has no sheet of that name.")
		}
	}
	var columns []string
	if !header {
		columns = []string{}
	}
	rows, count := []byte{'['}, 0
	err = w.rows(w.sheets[sheet], func(cells []json.RawMessage) error {
		if columns == nil {
			columns = columnNames(cells)
			return nil
		}
		for len(columns) < len(cells) {
			columns = append(columns, strconv.Itoa(len(columns)+1))
		}
		if count++; count > 1 {
			rows = append(rows, ',')
		}
		if rows = appendRow(rows, columns, cells); len(rows) > toolBytes {
			return badInput("The result has more than %d bytes.", toolBytes)
		}
		return nil
	})
	return struct {
		Rows   json.RawMessage
		Count  int
		Sheets []string
	}{append(rows, ']'), count, names}, err
}

// columnNames are the names that a first row gives, each once; a column without one is called by its number.
func columnNames(cells []json.RawMessage) []string {
	names, taken := make([]string, len(cells)), map[string]bool{}
	for i, v := range cells {
		name := strings.TrimSpace(text(v))
		if name == "" {
			name = strconv.Itoa(i + 1)
		}
		names[i] = name
		for n := 2; taken[names[i]]; n++ {
			names[i] = name + " " + strconv.Itoa(n)
		}
		taken[names[i]] = true
	}
	return names
}

func appendRow(b []byte, names []string, cells []json.RawMessage) []byte {
	b = append(b, '{')
	for i, v := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, mapping.Quote(names[i])...), ':')
		if v == nil {
			v = null
		}
		b = append(b, v...)
	}
	return append(b, '}')
}

func jsonToXLSX(_ context.Context, c connector.UtilityCall) (any, error) {
	name, err := fileName(c, "file.xlsx")
	if err != nil {
		return nil, err
	}
	rows := listOf(c, "Rows")
	for _, r := range rows {
		if mapping.KindOf(r) != mapping.Object {
			return nil, badInput("A row is not an object.")
		}
	}
	content, err := writeWorkbook(firstText(c.Param("Sheet"), "Sheet1"), namesOf(namedColumns(c), rows), rows)
	if err != nil {
		return nil, err
	}
	return madeFile(name, xlsxType, content, len(rows))
}
