package sqlconn

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"paceline/connector"
	"paceline/mapping"
)

// dialect is what one kind of database has of its own.
type dialect struct {
	port    string
	mysql   bool
	quote   string
	mark    func(n int) string
	open    func(ctx context.Context, t target) (database, error)
	failure func(err error) (*failure, bool)
}

var dialects = map[string]dialect{
	"postgresql": {port: "5432", quote: `"`, mark: func(n int) string { return "$" + strconv.Itoa(n) }, open: openPostgres, failure: postgresFailure},
	"mysql":      {port: "3306", mysql: true, quote: "`", mark: func(int) string { return "?" }, open: openMySQL, failure: mysqlFailure},
}

// value is one that a statement binds, as JSON; nil for none.
type value = mapping.Value

// name quotes a name, each of whose parts stands between dots.
func (d dialect) name(text string) (string, error) {
	parts := strings.Split(text, ".")
	if len(parts) > 3 {
		return "", fmt.Errorf("%q is not the name of a table", text)
	}
	for i, part := range parts {
		var err error
		if parts[i], err = d.column(part); err != nil {
			return "", err
		}
	}
	return strings.Join(parts, "."), nil
}

func (d dialect) column(text string) (string, error) {
	if text == "" || strings.ContainsRune(text, 0) || len(text) > 256 {
		return "", fmt.Errorf("%q can not be a name in the database", text)
	}
	return d.quote + strings.ReplaceAll(text, d.quote, d.quote+d.quote) + d.quote, nil
}

// query makes the statement of an operation.
func (d dialect) query(operation string, r connector.SQLRequest) (query, error) {
	if operation == "statement" {
		s, err := connector.ParseStatement(r.Statement, d.mysql)
		if err != nil {
			return query{}, err
		}
		q := query{parsed: s}
		for _, name := range s.Names {
			v, err := named(value(r.Values), name)
			if err != nil {
				return query{}, err
			}
			q.values = append(q.values, v)
		}
		return q, nil
	}
	table, err := d.name(r.Table)
	if err != nil {
		return query{}, err
	}
	w := &writer{d: d, doc: value(r.Values)}
	switch operation {
	case "select":
		err = w.selectRows(table)
	case "insert":
		err = w.insert(table, nil)
	case "upsert":
		err = w.insert(table, r.Key)
	case "update":
		err = w.update(table)
	case "delete":
		w.text("DELETE FROM " + table)
		err = w.where(true)
	case "call":
		err = w.call(table)
	default:
		err = fmt.Errorf("there is no operation %q", operation)
	}
	if err != nil {
		return query{}, err
	}
	if (operation == "insert" || operation == "upsert" || operation == "update" || operation == "delete") && !d.mysql {
		w.text(" RETURNING *")
	}
	verb := map[string]string{"select": "SELECT"}[operation]
	if w.reads {
		verb = "CALL" // of a function, which may change something
	}
	w.texts = append(w.texts, w.last.String())
	return query{parsed: &connector.Statement{Texts: w.texts, Names: make([]string, len(w.values)), Verb: verb}, values: w.values}, nil
}

// named finds the value of a name: among the fields, else within Values, where a step gives an object of them.
func named(doc value, name string) (value, error) {
	l, err := mapping.ParseLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not the name of a value", name)
	}
	if v, ok := l.Get(doc); ok {
		return v, nil
	}
	inner, _ := valuesAt.Get(doc)
	if mapping.KindOf(inner) == mapping.String { // the text of an object
		inner = value(mapping.Text(inner))
		if !json.Valid(inner) {
			return nil, errors.New("the values of the statement are not a JSON object")
		}
	}
	v, _ := l.Get(inner)
	return v, nil
}

var (
	valuesAt    = location("Values")
	whereAt     = location("where")
	columnsAt   = location("columns")
	setAt       = location("values")
	orderAt     = location("orderBy")
	limitAt     = location("limit")
	offsetAt    = location("offset")
	newerAt     = location("newer.column")
	thanAt      = location("newer.than")
	argumentsAt = location("arguments")
	procedureAt = location("procedure")
)

func location(text string) mapping.Location {
	l, err := mapping.ParseLocation(text)
	if err != nil {
		panic(err)
	}
	return l
}

// writer makes a statement of names and values.
type writer struct {
	d      dialect
	doc    value
	texts  []string
	last   strings.Builder
	values []value
	reads  bool
}

func (w *writer) text(s string) { w.last.WriteString(s) }

func (w *writer) bind(v value) {
	w.texts = append(w.texts, w.last.String())
	w.last.Reset()
	w.values = append(w.values, v)
}

// object returns the members of an object in the document.
func (w *writer) object(at mapping.Location) (names []string, values []value, err error) {
	v, _ := at.Get(w.doc)
	if mapping.KindOf(v) <= mapping.Null {
		return nil, nil, nil
	}
	if mapping.KindOf(v) != mapping.Object {
		return nil, nil, fmt.Errorf("%s is not an object of columns", at)
	}
	for name, member := range mapping.Members(v) {
		quoted, err := w.d.column(name)
		if err != nil {
			return nil, nil, err
		}
		names, values = append(names, quoted), append(values, member)
	}
	return names, values, nil
}

// where writes the conditions: columns that have the value, or none.
func (w *writer) where(needed bool) error {
	names, values, err := w.object(whereAt)
	if err != nil {
		return err
	}
	if len(names) == 0 && needed {
		return errors.New("no condition says which rows are meant; give a column of where a value")
	}
	for i, name := range names {
		w.text([]string{" WHERE ", " AND "}[min(i, 1)] + name)
		if mapping.KindOf(values[i]) <= mapping.Null {
			w.text(" IS NULL")
			continue
		}
		w.text(" = ")
		w.bind(values[i])
	}
	newer, _ := newerAt.Get(w.doc)
	than, _ := thanAt.Get(w.doc)
	if column := mapping.Text(newer); column != "" && mapping.Text(than) != "" {
		name, err := w.d.column(column)
		if err != nil {
			return err
		}
		w.text([]string{" WHERE ", " AND "}[min(len(names), 1)] + name + " > ")
		w.bind(than)
	}
	return nil
}

func (w *writer) selectRows(table string) error {
	columns, err := w.list(columnsAt)
	if err != nil {
		return err
	}
	w.text("SELECT " + strings.Join(columns, ", ") + " FROM " + table)
	if len(columns) == 0 {
		w.last.Reset()
		w.text("SELECT * FROM " + table)
	}
	if err := w.where(false); err != nil {
		return err
	}
	v, _ := orderAt.Get(w.doc)
	separator := " ORDER BY "
	for column := range strings.SplitSeq(mapping.Text(v), ",") {
		column = strings.TrimSpace(column)
		bare, down := strings.CutPrefix(column, "-")
		if bare == "" {
			continue
		}
		name, err := w.d.column(bare)
		if err != nil {
			return err
		}
		if down {
			name += " DESC"
		}
		w.text(separator + name)
		separator = ", "
	}
	for _, bound := range []struct {
		word string
		at   mapping.Location
	}{{" LIMIT ", limitAt}, {" OFFSET ", offsetAt}} {
		v, _ := bound.at.Get(w.doc)
		if mapping.KindOf(v) <= mapping.Null || mapping.Text(v) == "" {
			continue
		}
		n, err := strconv.ParseUint(mapping.Text(v), 10, 63)
		if err != nil {
			return fmt.Errorf("%s is not a whole number", bound.at)
		}
		w.text(bound.word + strconv.FormatUint(n, 10))
	}
	return nil
}

// list reads names with commas between, or a list of them.
func (w *writer) list(at mapping.Location) (out []string, err error) {
	v, _ := at.Get(w.doc)
	var names []string
	if mapping.KindOf(v) == mapping.List {
		for item := range wholeList.GetAll(v) {
			names = append(names, mapping.Text(item))
		}
	} else if mapping.KindOf(v) > mapping.Null {
		names = strings.Split(mapping.Text(v), ",")
	}
	for _, name := range names {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		quoted, err := w.d.column(name)
		if err != nil {
			return nil, err
		}
		out = append(out, quoted)
	}
	return out, nil
}

var wholeList = location("[]")

// insert writes a row; with a key, the row that has it already is changed instead.
func (w *writer) insert(table string, key []string) error {
	names, values, err := w.object(setAt)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errors.New("no column of values has a value")
	}
	w.text("INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (")
	for i, v := range values {
		if i > 0 {
			w.text(", ")
		}
		w.bind(v)
	}
	w.text(")")
	if key == nil {
		return nil
	}
	var quoted []string
	for _, column := range key {
		name, err := w.d.column(column)
		if err != nil {
			return err
		}
		if !slices.Contains(names, name) {
			return fmt.Errorf("the column %s of the key has no value", column)
		}
		quoted = append(quoted, name)
	}
	var sets []string
	for _, name := range names {
		if slices.Contains(quoted, name) {
			continue
		}
		if w.d.mysql {
			sets = append(sets, name+" = VALUES("+name+")")
		} else {
			sets = append(sets, name+" = EXCLUDED."+name)
		}
	}
	switch {
	case w.d.mysql && len(sets) == 0:
		w.text(" ON DUPLICATE KEY UPDATE " + quoted[0] + " = " + quoted[0])
	case w.d.mysql:
		w.text(" ON DUPLICATE KEY UPDATE " + strings.Join(sets, ", "))
	case len(sets) == 0:
		w.text(" ON CONFLICT (" + strings.Join(quoted, ", ") + ") DO NOTHING")
	default:
		w.text(" ON CONFLICT (" + strings.Join(quoted, ", ") + ") DO UPDATE SET " + strings.Join(sets, ", "))
	}
	return nil
}

func (w *writer) update(table string) error {
	names, values, err := w.object(setAt)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errors.New("no column of values has a value")
	}
	w.text("UPDATE " + table + " SET ")
	for i, name := range names {
		if i > 0 {
			w.text(", ")
		}
		w.text(name + " = ")
		w.bind(values[i])
	}
	return w.where(true)
}

// call calls a function, or a procedure, with arguments by name, or by their order when a list gives them.
func (w *writer) call(name string) error {
	procedure, _ := procedureAt.Get(w.doc)
	w.text("SELECT * FROM " + name + "(")
	if mapping.Text(procedure) == "true" || w.d.mysql {
		w.last.Reset()
		w.text("CALL " + name + "(")
	}
	w.reads = true
	v, _ := argumentsAt.Get(w.doc)
	n := 0
	separate := func() {
		if n++; n > 1 {
			w.text(", ")
		}
	}
	switch mapping.KindOf(v) {
	case mapping.List:
		for item := range wholeList.GetAll(v) {
			separate()
			w.bind(item)
		}
	case mapping.Object:
		for argument, item := range mapping.Members(v) {
			quoted, err := w.d.column(argument)
			if err != nil {
				return err
			}
			separate()
			if !w.d.mysql {
				w.text(quoted + " => ")
			}
			w.bind(item)
		}
	default:
		if mapping.KindOf(v) > mapping.Null {
			return errors.New("arguments are an object, or a list")
		}
	}
	w.text(")")
	return nil
}

// bytesOf returns the content of a file among the values.
func bytesOf(v value) ([]byte, bool) {
	if mapping.KindOf(v) != mapping.Object {
		return nil, false
	}
	var file struct{ Base64 *string }
	if json.Unmarshal(v, &file) != nil || file.Base64 == nil {
		return nil, false
	}
	b, err := base64.StdEncoding.DecodeString(*file.Base64)
	return b, err == nil
}
