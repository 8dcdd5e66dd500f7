package connector

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"paceline/mapping"
)

// A group is parameters of the query that repeat together, such as the field, the operator and the value of each of several
// filters. Each has a list; item k of all goes out under names with k in place of the counter.

// counter stands in a target for the number of a repetition, from 1.
const counter = "#"

// groups checks the parameters of a method that repeat together.
func (b *builder) groups(m *Method, at string) {
	for i, p := range m.Definition.Params {
		place := pointer(at, "params", i)
		switch {
		case p.Group == "" && !p.Repeat:
			continue
		case p.Group == "" || !p.Repeat:
			b.add(place, fmt.Sprintf("the parameter %s needs both group and repeat: true", p.Name), "Write group: filters, repeat: true at each parameter that repeats together.")
		case p.In != "query":
			b.add(pointer(place, "in"), fmt.Sprintf("the parameter %s repeats, but is not in the query", p.Name), "Write in: query. For a body write a list in request.fields, such as [filters].value.")
		case !strings.Contains(p.Wire(), counter):
			b.add(pointer(place, "target"), fmt.Sprintf("the parameter %s repeats under one name", p.Name), "Write target with # where the number goes, such as filter_field_#; a list under one name needs no group.")
		}
	}
}

// appendGroup writes the parameters of the group of parameter i, at the first of them.
func (c *running) appendGroup(b []byte, i int) ([]byte, error) {
	group := c.Method.params[i].def.Group
	in := func(p param) bool { return p.def.Group == group }
	if slices.IndexFunc(c.Method.params, in) != i {
		return b, nil
	}
	var lists [][]mapping.Value
	var names []string
	most := 0
	for k, p := range c.Method.params {
		if !in(p) {
			continue
		}
		list := repeated(c.values[k])
		if len(list) > 0 && most > 0 && len(list) != most {
			return nil, fmt.Errorf("the parameters of the group %s have %d and %d values; each needs as many", group, most, len(list))
		}
		most = max(most, len(list))
		lists, names = append(lists, list), append(names, p.def.Wire())
	}
	if most > maxSeveral {
		return nil, fmt.Errorf("the group %s has more than %d values", group, maxSeveral)
	}
	for n := range most {
		for k, list := range lists {
			if n < len(list) && mapping.KindOf(list[n]) > mapping.Null {
				name := strings.ReplaceAll(names[k], counter, strconv.Itoa(n+1))
				var err error
				if b, err = appendOne(b, url.QueryEscape(name), list[n]); err != nil {
					return nil, err
				}
			}
		}
	}
	return b, nil
}

// repeated returns the items of a list, also of one that was typed as JSON; any other value is alone.
func repeated(v mapping.Value) []mapping.Value {
	if text := strings.TrimSpace(mapping.Text(v)); mapping.KindOf(v) == mapping.String && strings.HasPrefix(text, "[") && json.Valid([]byte(text)) {
		v = mapping.Value(text)
	}
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
		return nil
	case mapping.List:
		return slices.Collect(wholeList.GetAll(v))
	}
	return []mapping.Value{v}
}
