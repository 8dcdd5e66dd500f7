package utility

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/connector"
	"paceline/internal/seal"
	"paceline/mapping"
	"paceline/store"
)

// The bounds of one import.
const (
	mostImported = 5000
	importedOnce = 500 // rows in one transaction, which holds up the changes of others
	mostFaults   = 20  // that are told
	mostNested   = 5   // names of a column, one within the other
)

// importAnswer says what became of a file.
type importAnswer struct{ Rows, Created, Updated int }

// importRow is one row of a file, with its place there.
type importRow struct {
	at  string
	id  string // of the row, if there is none with its two ids
	doc json.RawMessage
	ids [2]string
}

// importRows adds the rows of a text or a list, or changes those that have the same two ids. All of them are checked, and
// room found for them, before the first is written. They are written part by part, so that nobody waits for all of them;
// where that is cut short, the call that is made again writes the rest.
func (k *keeper) importRows(ctx context.Context, c connector.UtilityCall) (any, error) {
	rows, err := k.rowsToImport(c)
	if err != nil {
		return nil, err
	}
	key, err := k.keys(ctx, c.Behalf.Account)
	if err != nil {
		return nil, later(err)
	}
	done, err := k.turn(ctx, c, store.EntryStore{Connector: c.Instance.ID}, table(c)) // two of one file do not add its rows twice
	if err != nil {
		return nil, err
	}
	defer done()
	i := &importing{keeper: k, key: key, call: c, scope: c.Behalf.Scope(), in: store.EntryStore{Connector: c.Instance.ID}, name: callDigest(c)}
	ids := make([]string, len(rows))
	for n := range ids {
		ids[n] = string(paceline.NewID(k.clock.Now()))
	}
	slices.Sort(ids) // rows are listed in the order of the file
	for n := range rows {
		rows[n].id = ids[n]
	}
	changes, known, err := i.read(ctx, rows)
	if known != nil || err != nil {
		return known, err
	}
	for _, ch := range changes {
		i.ahead.count(ch)
	}
	for part := range slices.Chunk(rows, importedOnce) {
		i.left = len(rows) - i.answer.Rows - len(part)
		if known, err := i.part(ctx, part, changes[:len(part)]); known != nil || err != nil {
			return known, err
		}
		changes = changes[len(part):]
	}
	return i.answer, nil
}

// importing is one import.
type importing struct {
	*keeper
	key    *seal.Key
	call   connector.UtilityCall
	scope  paceline.Scope
	in     store.EntryStore
	name   string // under which the store knows the call
	answer importAnswer
	ahead  room // that the rows need which are not written yet
	left   int  // rows behind the part that is written
}

// room is what changes need of a storage.
type room struct{ entries, bytes int64 }

func (r *room) count(ch store.EntryChange) {
	entries, bytes := ch.Needs()
	r.entries, r.bytes = r.entries+entries, r.bytes+bytes
}

// part writes some of the rows, as they were read; where others have changed them since, it reads them again.
func (i *importing) part(ctx context.Context, rows []importRow, changes []store.EntryChange) (known json.RawMessage, err error) {
	for range tries {
		var now room
		answer := i.answer
		answer.Rows += len(rows)
		for _, ch := range changes {
			if now.count(ch); ch.Was.Revision == "" {
				answer.Created++
			} else {
				answer.Updated++
			}
		}
		doc, err := encode(answer)
		if err != nil {
			return nil, err
		}
		behind := room{max(0, i.ahead.entries-now.entries), max(0, i.ahead.bytes-now.bytes)}
		name := i.name
		if i.left > 0 {
			name = "" // the call is done with the last part
		}
		again, err := i.end(ctx, i.key, i.scope, name, doc, func(tx *store.Tx) error {
			written, full, err := tx.PutEntries(i.scope, i.in, changes, store.EntryLimits{Entries: i.limits.Entries, Bytes: i.limits.Bytes})
			switch {
			case err != nil:
				return err
			case full:
				return errFull
			case !written:
				return errChanged
			}
			// The rows behind these have to find room, too: a storage that is too small for all takes none.
			entries, bytes, err := tx.EntrySize(i.scope, i.in)
			if err == nil && (behind.entries > 0 && entries+behind.entries > i.limits.Entries || behind.bytes > 0 && bytes+behind.bytes > i.limits.Bytes) {
				err = errFull
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if !again {
			i.answer, i.ahead = answer, behind
			return nil, nil
		}
		if changes, known, err = i.read(ctx, rows); known != nil || err != nil {
			return known, err
		}
	}
	return nil, later(nil)
}

// read makes the changes out of rows and what there is of them; known is the answer of the call if it was done already.
func (i *importing) read(ctx context.Context, rows []importRow) (changes []store.EntryChange, known json.RawMessage, err error) {
	c, scope, in := i.call, i.scope, i.in
	changes = make([]store.EntryChange, len(rows))
	var sealed []byte
	told := false
	err = i.store.Read(ctx, func(tx *store.Tx) (err error) {
		if sealed, told, err = answered(tx, scope, i.name); err != nil || told {
			return err
		}
		for n, r := range rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			first, second := reference(c, r.ids[0]), reference(c, r.ids[1])
			changes[n].Entry.References = [2]string{first, second}
			if changes[n].Was, _, err = tx.EntryByReferences(scope, in, first, second, i.now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, later(err)
	}
	if told {
		known, err = i.key.OpenOwn(sealed, entryCall, scope.Account)
		return nil, known, err
	}
	var faults faults
	for n, r := range rows {
		ch := &changes[n]
		id, old := r.id, []byte(nil)
		if ch.Entry.Name = table(c) + id; ch.Was.Revision != "" {
			ch.Entry.Name, id, ch.Entry.Expires = ch.Was.Name, strings.TrimPrefix(ch.Was.Name, table(c)), ch.Was.Expires
			if old, err = open(i.key, scope, in, ch.Was); err != nil {
				return nil, nil, err
			}
		}
		row, err := i.writeRow(c, old, id, r.doc)
		if err != nil {
			faults.add(r.at, detailOf(err))
			continue
		}
		ch.Entry.Revision = paceline.NewID(i.clock.Now())
		ch.Entry.Value = i.key.SealSecret(row.value, entryField(ch.Entry.Name), scope.Account, int64(in.Connector), in.Cycle)
	}
	return changes, nil, faults.err()
}

// faults collects what is wrong with single rows.
type faults struct {
	told []string
	n    int
}

func (f *faults) add(at, what string) {
	if f.n++; f.n <= mostFaults {
		f.told = append(f.told, at+": "+what)
	}
}

func (f *faults) err() error {
	if f.n == 0 {
		return nil
	}
	text := "Nothing was stored, as rows have mistakes.\n" + strings.Join(f.told, "\n")
	if f.n > mostFaults {
		text += fmt.Sprintf("\nand %d more", f.n-mostFaults)
	}
	return badInput("%s", text)
}

func detailOf(err error) string {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e.Detail
	}
	return err.Error()
}

// rowsToImport reads what is to be imported and checks each row of it.
func (k *keeper) rowsToImport(c connector.UtilityCall) (rows []importRow, err error) {
	var faults faults
	list := listOf(c, "Rows")
	if text := textOf(c, "Text"); text != "" {
		if len(list) > 0 {
			return nil, badInput("Rows are imported from Text or from Rows.")
		}
		if rows, err = csvRows(c, text, &faults); err != nil {
			return nil, err
		}
	}
	for i, doc := range list {
		r := importRow{at: "Row " + strconv.Itoa(i+1), doc: doc}
		if mapping.KindOf(doc) != mapping.Object {
			faults.add(r.at, "It is not an object.")
			continue
		}
		rows = append(rows, r)
	}
	if len(rows) > mostImported {
		return nil, badInput("One import takes %d rows.", mostImported)
	}
	seen := make(map[[2]string]string, len(rows))
	for i := range rows {
		r := &rows[i]
		for n, entity := range entities {
			part := member(r.doc, entity)
			r.ids[n] = text(member(part, "Id"))
		}
		switch before := seen[r.ids]; {
		case r.ids == [2]string{}:
			faults.add(r.at, "It has neither Entity1.Id nor Entity2.Id.")
		case before != "":
			faults.add(r.at, "It has the ids of "+strings.ToLower(before[:1])+before[1:]+".")
		case member(r.doc, "Id") != nil:
			faults.add(r.at, "It has an Id, which the storage gives.")
		default:
			seen[r.ids] = r.at
		}
	}
	return rows, faults.err()
}

// rowLabels are the names by which people know the columns of a row.
var rowLabels = map[string]string{
	"entity 1 id": "Entity1.Id", "entity 1 name": "Entity1.Name", "entity 1 record count": "Entity1.RecordCount",
	"entity 2 id": "Entity2.Id", "entity 2 name": "Entity2.Name", "entity 2 record count": "Entity2.RecordCount", "source app": "SourceApp",
}

// csvRows reads text in columns. An empty cell is none.
func csvRows(c connector.UtilityCall, text string, faults *faults) (rows []importRow, err error) {
	def, err := columns(c)
	if err != nil {
		return nil, err
	}
	if len(text) > toolBytes {
		return nil, badInput("The text has more than %d bytes.", toolBytes)
	}
	d := csv.NewReader(bytes.NewReader(bytes.TrimPrefix([]byte(text), []byte("\ufeff"))))
	d.Comma, _ = utf8.DecodeRuneInString(def.Delimiter)
	d.FieldsPerRecord, d.ReuseRecord, d.LazyQuotes = -1, true, true
	head, err := d.Read()
	if err != nil {
		return nil, badInput("The text has no line with the names of columns.")
	}
	names, err := rowColumns(head)
	if err != nil {
		return nil, err
	}
	for {
		cells, err := d.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, badInput("The text cannot be read: %v.", err)
		}
		line, _ := d.FieldPos(0)
		r := importRow{at: "Line " + strconv.Itoa(line)}
		if strings.Join(cells, "") == "" {
			continue // what spreadsheets write below the last row
		}
		if len(rows) == mostImported {
			return nil, badInput("One import takes %d rows.", mostImported)
		}
		if n := len(names); len(cells) > n && strings.Join(cells[n:], "") != "" {
			faults.add(r.at, "It has more cells than there are columns.")
		}
		row := map[string]any{}
		for i, cell := range cells[:min(len(cells), len(names))] {
			if cell == "" {
				continue
			}
			var value any = cell
			if name := strings.Join(names[i], "."); name == "Entity1.RecordCount" || name == "Entity2.RecordCount" {
				n, err := strconv.ParseInt(strings.TrimSpace(cell), 10, 64)
				if err != nil {
					faults.add(r.at, name+" is not a whole number.")
				}
				value = n
			}
			put(row, names[i], value)
		}
		if r.doc, err = encode(row); err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
}

// put puts a value under names, one within the other.
func put(row map[string]any, names []string, value any) {
	for ; len(names) > 1; names = names[1:] {
		inner, ok := row[names[0]].(map[string]any)
		if !ok {
			inner = map[string]any{}
			row[names[0]] = inner
		}
		row = inner
	}
	row[names[0]] = value
}

// rowColumns reads the names of columns: where in a row their cells belong.
func rowColumns(head []string) (names [][]string, err error) {
	if len(head) > mostColumns {
		return nil, badInput("The text has more than %d columns.", mostColumns)
	}
	seen := map[string]bool{}
	for _, cell := range head {
		name := strings.TrimSpace(cell)
		if known := rowLabels[strings.ToLower(name)]; known != "" {
			name = known
		}
		parts := strings.Split(name, ".")
		for i := range parts {
			if parts[i] == "" || len(name) > 200 || len(parts) > mostNested || strings.ContainsAny(name, "[]\\\x00") || !utf8.ValidString(name) {
				return nil, badInput("A column can not have the name %q.", clip(cell))
			}
		}
		if name == "Id" || name == "Row" || len(parts) == 1 && (name == entities[0] || name == entities[1]) {
			return nil, badInput("A column can not have the name %q: rows get their Ids from the storage, and an entity has columns such as Entity1.Id.", name)
		}
		for i := range parts {
			if inner := strings.Join(parts[:i+1], "."); seen[inner] {
				return nil, badInput("The column %q is there twice, or within another.", clip(name))
			}
		}
		seen[name] = true
		names = append(names, parts)
	}
	for _, parts := range names {
		for i := 1; i < len(parts); i++ {
			if seen[strings.Join(parts[:i], ".")] {
				return nil, badInput("The column %q is within another.", clip(strings.Join(parts, ".")))
			}
		}
	}
	return names, nil
}

func clip(text string) string {
	if len(text) > 100 {
		return strings.ToValidUTF8(text[:100], "") + "..."
	}
	return text
}
