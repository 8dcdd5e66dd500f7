package store

import "paceline"

// Element names what an integer id of the API stands for: a part of a connector, in the words of
// connector.Element. The id is the same in every release of the connector and is never reused (D-2).
type Element struct{ Kind, Key string }

// elementBatch bounds how many elements one transaction may add.
const elementBatch = 500

// Elements returns every known element of a connector with its id. Owner is "" for the shipped
// library, else as ElementOwner gives it.
func (tx *Tx) Elements(owner string, connector paceline.ID) (map[Element]int32, error) {
	out := make(map[Element]int32)
	err := tx.query(`SELECT id, kind, elem_key FROM element WHERE owner = $1 AND connector_uid = $2 ORDER BY id`,
		[]any{owner, connector}, func(r *Row) error {
			out[Element{r.Text(1), r.Text(2)}] = r.Int32(0)
			return nil
		})
	return out, err
}

// AddElements gives ids to the first 500 of the elements, skipping those that have one, and returns
// how many it looked at. Two servers that add the same elements at once both succeed.
func (tx *Tx) AddElements(owner string, connector paceline.ID, elements []Element) (int, error) {
	if len(elements) > elementBatch {
		elements = elements[:elementBatch]
	}
	first, err := tx.nextNums("element", int64(len(elements)))
	if err != nil {
		return 0, err
	}
	for i, e := range elements {
		_, err := tx.exec(`INSERT INTO element (id, owner, connector_uid, kind, elem_key) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (owner, connector_uid, kind, elem_key) DO NOTHING`,
			first+int64(i), owner, connector, e.Kind, e.Key)
		if err != nil {
			return 0, err
		}
	}
	return len(elements), nil
}

// MethodElement returns the connector and the key of the method with an id, in the shipped library
// or of one of the owners.
func (tx *Tx) MethodElement(partner, account string, id int32) (connector paceline.ID, key string, found bool, err error) {
	found, err = tx.one(`SELECT connector_uid, elem_key FROM element
		WHERE id = $1 AND kind = 'method' AND owner IN ('', $2, $3)`,
		[]any{id, partner, account}, func(r *Row) { connector, key = r.ID(0), r.Text(1) })
	return connector, key, found, err
}

// MethodKey returns the key of the method with an id, wherever it belongs: for reports, whose ids came from what was counted.
func (tx *Tx) MethodKey(id int32) (key string, err error) {
	_, err = tx.one(`SELECT elem_key FROM element WHERE id = $1 AND kind = 'method'`, []any{id}, func(r *Row) { key = r.Text(0) })
	return key, err
}
