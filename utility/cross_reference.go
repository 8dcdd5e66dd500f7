package utility

import (
	"context"
	"encoding/json"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/store"
)

// rowsAnswer are rows of cross references.
type rowsAnswer struct {
	Entries []json.RawMessage
	Next    string `json:",omitempty"`
}

// The entities of a row, which have an Id, a Name, a RecordCount and whatever a step adds.
var entities = [2]string{"Entity1", "Entity2"}

func (k *keeper) crossReferenceMethods() map[string]method {
	return map[string]method{
		"create":             k.createRow,
		"import-rows":        k.importRows,
		"update":             k.row(k.updateRow),
		"delete":             k.row(k.deleteRow),
		"get-all":            k.listRows(-1),
		"get-by-entity-1-id": k.listRows(0),
		"get-by-entity-2-id": k.listRows(1),
	}
}

// table is what the names of the rows of one table begin with. A copied category is a table of its own.
func table(c connector.UtilityCall) string { return digest(c.Param(connector.ObjectParam))[:16] + "-" }

// reference is the digest under which rows are found by the id of an entity, "" without one.
func reference(c connector.UtilityCall, id string) string {
	if id == "" {
		return ""
	}
	return digest(c.Param(connector.ObjectParam), id)
}

func (k *keeper) createRow(ctx context.Context, c connector.UtilityCall) (any, error) {
	id := paceline.NewID(k.clock.Now())
	in := store.EntryStore{Connector: c.Instance.ID}
	return k.change(ctx, c, in, table(c)+string(id), func([]byte, store.Entry) (change, error) {
		return k.writeRow(c, nil, string(id), c.Body)
	})
}

// row makes a method of what changes the row with the id of the call.
func (k *keeper) row(f func(c connector.UtilityCall, id string, old []byte) (change, error)) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		id := c.Param("Id")
		if err := k.checkKey(id); err != nil {
			return nil, err
		}
		in := store.EntryStore{Connector: c.Instance.ID}
		return k.change(ctx, c, in, table(c)+id, func(old []byte, _ store.Entry) (change, error) { return f(c, id, old) })
	}
}

func (k *keeper) updateRow(c connector.UtilityCall, id string, old []byte) (change, error) {
	if old == nil {
		return change{}, refuse(paceline.CodeUtilityInput, "There is no row with this id.")
	}
	return k.writeRow(c, old, id, c.Body)
}

func (k *keeper) deleteRow(_ connector.UtilityCall, id string, old []byte) (change, error) {
	return change{keep: old == nil, answer: struct {
		Id      string
		Deleted bool
	}{id, old != nil}}, nil
}

// writeRow writes fields over the row: within the entities, member by member.
func (k *keeper) writeRow(c connector.UtilityCall, old []byte, id string, fields []byte) (change, error) {
	given, err := k.merge(nil, fields)
	if err != nil {
		return change{}, err
	}
	parts := map[string]json.RawMessage{}
	ch := change{}
	for i, entity := range entities {
		part, err := k.merge(member(old, entity), member(given, entity))
		if err != nil {
			return ch, err
		}
		parts[entity] = part
		ch.references[i] = reference(c, text(member(part, "Id")))
	}
	if parts["Id"], err = encode(id); err != nil {
		return ch, err
	}
	over, err := encode(parts)
	if err != nil {
		return ch, err
	}
	row, err := k.merge(old, given)
	if err == nil {
		row, err = k.merge(row, over)
	}
	ch.value, ch.answer = row, row
	return ch, err
}

// member is a member of an object, nil without one.
func member(doc []byte, name string) []byte {
	if v, found := mapping.MustLocation(name).Get(doc); found && mapping.KindOf(v) > mapping.Null {
		return v
	}
	return nil
}

// listRows lists rows: all, or those with the id of the first or second entity.
func (k *keeper) listRows(entity int) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		in := store.EntryStore{Connector: c.Instance.ID}
		answer := rowsAnswer{Entries: []json.RawMessage{}}
		next, err := k.list(ctx, c, in, func(tx *store.Tx, after string, n int) ([]store.Entry, error) {
			if entity < 0 {
				return tx.Entries(c.Behalf.Scope(), in, table(c), after, k.now(), n)
			}
			return tx.EntriesByReference(c.Behalf.Scope(), in, entity == 1, reference(c, c.Param("EntityId")), after, k.now(), n)
		}, func(_ string, value []byte) error {
			answer.Entries = append(answer.Entries, value)
			return nil
		})
		answer.Next = next
		return answer, err
	}
}
