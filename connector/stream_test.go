package connector_test

import (
	"testing"

	"paceline/connector"
)

func TestMainListOfAMethod(t *testing.T) {
	cases := []struct {
		name   string
		rows   string
		fields []string
		want   string
		clash  bool
	}{
		{"one list of objects", "", []string{"total", "[items].id", "[items].name"}, "[items]", false},
		{"a list in it", "", []string{"[items].id", "[items].[lines].sku"}, "[items]", false},
		{"one list of values", "", []string{"id", "[tags]"}, "[tags]", false},
		{"below names", "", []string{"data.[rows].id"}, "data.[rows]", false},
		{"the answer is the list", "", []string{"[].id", "[].name"}, "[]", false},
		{"no list", "", []string{"id", "name"}, "", false},
		{"two lists", "", []string{"[items].id", "[others].id"}, "", true},
		{"a list above another", "", []string{"meta.[errors].code", "[items].id"}, "[items]", false},
		{"two lists below one above", "", []string{"a.[b].c", "a.[d].e", "[items].id"}, "[items]", false},
		{"rows are declared", "[others]", []string{"[items].id", "[others].id"}, "[others]", false},
		{"no fields, rows are declared", "data.[items]", nil, "data.[items]", false},
		{"nothing is declared", "", nil, "", false},
	}
	for _, tc := range cases {
		m := &connector.MethodDef{}
		m.Response.Rows = tc.rows
		for _, loc := range tc.fields {
			m.Response.Fields = append(m.Response.Fields, connector.FieldDef{Loc: loc})
		}
		if got, clash := m.MainList(); got != tc.want || clash != tc.clash {
			t.Errorf("%s: %q, ambiguous %v; want %q, %v", tc.name, got, clash, tc.want, tc.clash)
		}
	}
}
