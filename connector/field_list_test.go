package connector

import (
	"fmt"
	"strings"
	"testing"

	"paceline"
)

func TestReadFieldList(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("x,", maxListed)
	for text, want := range map[string]string{
		"":                           "[]",
		" , \r\n,":                   "[]",
		"Name, City\nAge":            "[Name:Undefined City:Undefined Age:Undefined]",
		"Age: integer,Born:DATETIME": "[Age:Integer Born:DateTime]",
		"Address.City: text":         "[Address.City:Text]",
		`\a.b\, \c:d\`:               `[\a.b\:Undefined c:d:Undefined]`,
		"First Name":                 "[First Name:Undefined]",
		"Name, Name: text":           `"Name" is in it twice`,
		"Age: number":                `"Age: number" has no type that there is: text, integer, float, decimal, boolean, datetime, file or any`,
		"Age:":                       `"Age:" has no type that there is: text, integer, float, decimal, boolean, datetime, file or any`,
		": text":                     `"" is not the name of a field`,
		"a..b":                       `"a..b" is not the name of a field`,
		"a\tb":                       `"a\tb" is not the name of a field`,
		"[a":                         `"[a" is not the name of a field`,
		strings.Repeat("ä", 200):     "[" + strings.Repeat("ä", 200) + ":Undefined]",
	} {
		list, err := ReadFieldList(text)
		got := []string{}
		for _, f := range list {
			got = append(got, f.Location+":"+string(f.DataType))
			if f.SystemName == nil || *f.SystemName != f.DisplayName || !f.Discovered {
				t.Errorf("%q: %+v", text, f)
			}
		}
		is := fmt.Sprint(got)
		if err != nil {
			is = err.Error()
		}
		if is != want {
			t.Errorf("%q gives %s, want %s", text, is, want)
		}
	}
	var numbered strings.Builder
	for i := range strings.Count(many, ",") {
		fmt.Fprintf(&numbered, "f%d,", i)
	}
	if list, err := ReadFieldList(numbered.String()); err != nil || len(list) != maxListed {
		t.Errorf("%d fields, %v", len(list), err)
	}
	for _, text := range []string{numbered.String() + "one more", strings.Repeat("ä", 201)} {
		if _, err := ReadFieldList(text); err == nil {
			t.Errorf("took %.20q of %d bytes", text, len(text))
		}
	}
	within := Within("[Entries].Value", []paceline.CustomField{{Location: "Name"}, {Location: "Address.City"}})
	if within[0].Location != "[Entries].Value.Name" || within[1].Location != "[Entries].Value.Address.City" {
		t.Errorf("%+v", within)
	}
}
