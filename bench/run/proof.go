package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"paceline/bench/load"
)

// wanted are the fields that each call of W1 must carry, none of them empty.
var wanted = map[string]string{
	"/crm":       "cid company country family_name given_name mail phone",
	"/final/eu":  "cid country crm_id",
	"/final/row": "cid country crm_id",
}

// prove sends a contact of each country and looks at the bodies of the calls: a subject that did less
// than all of W1 would be measured too well.
func (m *measurement) prove(ctx context.Context, s *subject) error {
	m.sink.Keep(true)
	defer m.sink.Keep(false)
	r, err := m.load(ctx, s, load.Workload{Count: 2, Connections: 1})
	if err != nil {
		return err
	}
	if r.Calls.CRM != 2 || r.Calls.Finals["/final/eu"] != 1 || r.Calls.Finals["/final/row"] != 1 {
		return fmt.Errorf("%s does not do W1: two contacts made the calls %+v", s.name, r.Calls)
	}
	for path, names := range wanted {
		if err := carries(m.sink.Last(path), strings.Fields(names)); err != nil {
			return fmt.Errorf("%s does not do W1: POST %s: %w", s.name, path, err)
		}
	}
	return nil
}

func carries(body []byte, names []string) error {
	var got map[string]string
	if err := json.Unmarshal(body, &got); err != nil {
		return fmt.Errorf("the body %s is no object of texts: %w", body, err)
	}
	for name, value := range got {
		if value == "" {
			return fmt.Errorf("%s is empty", name)
		}
	}
	if have := slices.Sorted(maps.Keys(got)); !slices.Equal(have, names) {
		return fmt.Errorf("the body has the fields %v, not %v", have, names)
	}
	return nil
}
