package utility

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/store"
)

// A lookup table is one per account connector: its head says which generation of rows counts, so that a table that is
// loaded takes the place of the one before as a whole, and readers see one or the other.

const tableName = "table"

// tableHead is the entry that says what is in a table.
type tableHead struct {
	Generation paceline.ID `json:"g"` // "": there is no table
	Loading    paceline.ID `json:"l,omitempty"`
	// Left are generations of which rows may be there that count no more: of a table that was replaced or deleted, and of one
	// that never came to its end.
	Left       []paceline.ID `json:"o,omitempty"`
	Key        string        `json:"k"`
	Columns    []string      `json:"c"`
	Rows       int           `json:"n"`
	IgnoreCase bool          `json:"i,omitempty"`
}

// tableLoad is how many rows are written in one transaction.
const tableLoad = 200

func rowsOf(generation paceline.ID) string { return string(generation) + ":" }

// row is the name of the entry of a row.
func (h *tableHead) row(key string) string {
	if h.IgnoreCase {
		key = store.Fold(key)
	}
	return rowsOf(h.Generation) + key
}

func (k *keeper) lookupTableMethods() map[string]method {
	return map[string]method{
		"load-table": k.loadTable, "look-up": k.lookUp, "get-table": k.getTable, "list-rows": k.listTable, "delete-table": k.deleteTable,
	}
}

func tableOf(c connector.UtilityCall) store.EntryStore {
	return store.EntryStore{Connector: c.Instance.ID}
}

func (k *keeper) head(ctx context.Context, c connector.UtilityCall) (h tableHead, err error) {
	doc, err := k.get(ctx, c, tableOf(c), tableName)
	if err == nil && doc != nil {
		err = json.Unmarshal(doc, &h)
	}
	return h, err
}

// setHead changes the head: f gives false to leave it as it is.
func (k *keeper) setHead(ctx context.Context, c connector.UtilityCall, f func(h *tableHead) bool) (was, is tableHead, done bool, err error) {
	c.IdempotencyKey = "" // what is done around it is done again by a repeat
	_, err = k.change(ctx, c, tableOf(c), tableName, func(old []byte, _ store.Entry) (change, error) {
		was = tableHead{}
		if old != nil {
			if err := json.Unmarshal(old, &was); err != nil {
				return change{}, err
			}
		}
		is = was
		if done = f(&is); !done {
			return change{keep: true}, nil
		}
		value, err := encode(is)
		return change{value: value}, err
	})
	return was, is, done, err
}

type tableAnswer struct {
	Key     string
	Columns []string
	Count   int
}

func (k *keeper) loadTable(ctx context.Context, c connector.UtilityCall) (any, error) {
	next, rows, err := k.readTable(c)
	if err != nil {
		return nil, err
	}
	next.Generation = paceline.NewID(k.clock.Now())
	was, is, _, err := k.setHead(ctx, c, func(h *tableHead) bool {
		h.Left, h.Loading = append(h.Left, ids(h.Loading)...), next.Generation
		return true
	})
	if err == nil {
		err = k.clearLeft(ctx, c, is.Left)
	}
	if err != nil {
		return nil, err
	}
	unfinished := was.Loading // whose call may still write
	for part := range slices.Chunk(rows, tableLoad) {
		if err := k.writeRows(ctx, c, &next, part); err != nil {
			k.giveUp(context.WithoutCancel(ctx), c, next.Generation, unfinished)
			return nil, err
		}
	}
	_, is, done, err := k.setHead(ctx, c, func(h *tableHead) bool {
		mine := h.Loading == next.Generation
		left := ids(h.Generation, unfinished)
		*h = next
		h.Left = left
		return mine
	})
	if err != nil {
		return nil, err
	}
	if !done {
		if err := k.clearLeft(ctx, c, ids(next.Generation)); err != nil {
			return nil, err
		}
		return nil, badInput("The table was loaded, or deleted, by another call at the same time.")
	}
	if err := k.clearLeft(ctx, c, is.Left); err != nil {
		return nil, err
	}
	return tableAnswer{next.Key, next.Columns, next.Rows}, nil
}

// giveUp removes the rows of a load that cannot go on, and what the head says of it. What it cannot remove, the next call does.
func (k *keeper) giveUp(ctx context.Context, c connector.UtilityCall, own, unfinished paceline.ID) {
	if k.clearLeft(ctx, c, ids(own)) == nil {
		k.setHead(ctx, c, func(h *tableHead) bool {
			mine := h.Loading == own
			h.Loading, h.Left = "", ids(unfinished)
			return mine
		})
	}
}

// ids are those that there are.
func ids(list ...paceline.ID) []paceline.ID {
	return slices.DeleteFunc(list, func(id paceline.ID) bool { return id == "" })
}

// clearLeft removes the rows of generations that count no more.
func (k *keeper) clearLeft(ctx context.Context, c connector.UtilityCall, left []paceline.ID) error {
	for _, generation := range left {
		if _, err := k.clear(ctx, c, tableOf(c), rowsOf(generation)); err != nil {
			return err
		}
	}
	return nil
}

// tableRow is a row with its key.
type tableRow struct {
	key string
	doc json.RawMessage
}

// readTable reads the table that is to be loaded: text in columns, or rows.
func (k *keeper) readTable(c connector.UtilityCall) (h tableHead, rows []tableRow, err error) {
	if h.IgnoreCase, err = flag(c, "IgnoreCase", false); err != nil {
		return h, nil, err
	}
	list := listOf(c, "Rows")
	if text := textOf(c, "Text"); text != "" {
		if len(list) > 0 {
			return h, nil, badInput("A table is loaded from Text or from Rows.")
		}
		def, err := columns(c)
		if err != nil {
			return h, nil, err
		}
		doc, err := connector.DecodeCSV(def, bytes.TrimPrefix([]byte(text), []byte("\ufeff")), toolBytes)
		if err != nil {
			return h, nil, badInput("The text cannot be read: %v.", err)
		}
		list = itemsOf(doc)
	}
	h.Columns, h.Rows = namesOf([]string{}, list), len(list)
	if h.Key = c.Param("KeyColumn"); h.Key == "" && len(h.Columns) > 0 {
		h.Key = h.Columns[0]
	}
	seen := make(map[string]bool, len(list))
	for i, doc := range list {
		if mapping.KindOf(doc) != mapping.Object {
			return h, nil, badInput("Row %d is not an object.", i+1)
		}
		key := ""
		for name, v := range mapping.Members(doc) {
			if name == h.Key {
				key = text(v)
			}
		}
		if err := k.checkKey(key); err != nil {
			return h, nil, badInput("Row %d has no key in the column %s that can be one.", i+1, h.Key)
		}
		if len(doc) > k.limits.Object {
			return h, nil, badInput("Row %d has more than %d bytes.", i+1, k.limits.Object)
		}
		name := h.row(key)
		if seen[name] {
			return h, nil, badInput("Row %d has a key that a row before it has.", i+1)
		}
		seen[name] = true
		rows = append(rows, tableRow{key, doc})
	}
	return h, rows, nil
}

// writeRows writes some rows of a generation that nobody reads yet.
func (k *keeper) writeRows(ctx context.Context, c connector.UtilityCall, h *tableHead, rows []tableRow) error {
	key, err := k.keys(ctx, c.Behalf.Account)
	if err != nil {
		return later(err)
	}
	in, scope := tableOf(c), c.Behalf.Scope()
	entries := make([]store.Entry, len(rows))
	for i, r := range rows {
		name := h.row(r.key)
		entries[i] = store.Entry{Name: name, Revision: h.Generation, Value: key.SealSecret(r.doc, entryField(name), scope.Account, int64(in.Connector), in.Cycle)}
	}
	full := false
	err = k.store.InTx(ctx, scope, func(tx *store.Tx) error {
		for _, e := range entries {
			if _, full, err = tx.PutEntry(scope, in, e, "", store.EntryLimits{Entries: k.limits.Entries, Bytes: k.limits.Bytes}); err != nil {
				return err
			}
			if full {
				return errFull
			}
		}
		return nil
	})
	switch {
	case full:
		return k.full()
	case err != nil:
		return later(err)
	}
	return nil
}

func (k *keeper) lookUp(ctx context.Context, c connector.UtilityCall) (any, error) {
	key, err := k.key(c)
	if err != nil {
		return nil, err
	}
	type answer struct {
		Key   string
		Found bool
		Row   json.RawMessage
	}
	for generation := paceline.ID(""); ; {
		h, err := k.head(ctx, c)
		if err != nil || h.Generation == "" || h.Generation == generation {
			return answer{key, false, null}, err
		}
		doc, err := k.get(ctx, c, tableOf(c), h.row(key))
		if err != nil || doc != nil {
			return answer{key, doc != nil, doc}, err
		}
		generation = h.Generation // unless it was replaced meanwhile, there is no such row
	}
}

func (k *keeper) getTable(ctx context.Context, c connector.UtilityCall) (any, error) {
	h, err := k.head(ctx, c)
	return tableAnswer{h.Key, append([]string{}, h.Columns...), h.Rows}, err
}

func (k *keeper) listTable(ctx context.Context, c connector.UtilityCall) (any, error) {
	h, err := k.head(ctx, c)
	if err != nil {
		return nil, err
	}
	out := struct {
		Rows []json.RawMessage
		Next string
	}{Rows: []json.RawMessage{}}
	if h.Generation == "" {
		return out, nil
	}
	prefix := rowsOf(h.Generation)
	out.Next, err = k.list(ctx, c, tableOf(c), func(tx *store.Tx, after string, n int) ([]store.Entry, error) {
		if !strings.HasPrefix(after, prefix) {
			after = prefix + after
		}
		return tx.Entries(c.Behalf.Scope(), tableOf(c), prefix, after, k.now(), n)
	}, func(_ string, value []byte) error {
		out.Rows = append(out.Rows, value)
		return nil
	})
	out.Next = strings.TrimPrefix(out.Next, prefix)
	return out, err
}

func (k *keeper) deleteTable(ctx context.Context, c connector.UtilityCall) (any, error) {
	was, is, _, err := k.setHead(ctx, c, func(h *tableHead) bool {
		left := append(h.Left, ids(h.Generation, h.Loading)...)
		*h = tableHead{Left: left}
		return len(left) > 0
	})
	if err == nil {
		err = k.clearLeft(ctx, c, is.Left)
	}
	return struct{ Deleted int }{was.Rows}, err
}
