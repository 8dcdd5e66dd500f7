package connector

import (
	"net/url"
	"strconv"

	"paceline/mapping"
)

// buildForm writes the fields as name=value pairs. Members of objects are written name[member], items of
// lists of objects name[0][member], and a list of single values as the method says: it repeats its name,
// with brackets behind it (name[]) or with numbers in them (name[0]).
func buildForm(m *Method, in *mapping.Inputs, r *room) (content, error) {
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	f := formWriter{room: r, lists: m.Definition.Request.Lists, out: []byte{}}
	err = f.write(mapping.Value(doc))
	return content{body: f.out}, err
}

// formWriter writes a form. The name of the value that is written next grows and shrinks in place: made anew for each
// value, long names of outer objects would cost more than what is written.
type formWriter struct {
	*room
	lists string
	name  []byte // escaped
	out   []byte
}

// Brackets in names, escaped.
const (
	openBracket  = "%5B"
	closeBracket = "%5D"
)

func (f *formWriter) write(v mapping.Value) error {
	outer := len(f.name)
	kind := mapping.KindOf(v)
	if kind == mapping.Object || kind == mapping.List {
		if err := f.enters(len(v)); err != nil {
			return err
		}
	}
	switch kind {
	case mapping.Missing, mapping.Null:
		return nil
	case mapping.Object:
		for member, value := range mapping.Members(v) {
			if outer == 0 {
				f.name = append(f.name, url.QueryEscape(member)...)
			} else {
				f.inner(url.QueryEscape(member))
			}
			if err := f.write(value); err != nil {
				return err
			}
			f.name = f.name[:outer]
		}
		return nil
	case mapping.List:
		n := 0
		for item := range wholeList.GetAll(v) {
			switch k := mapping.KindOf(item); {
			case k == mapping.Object, k == mapping.List, f.lists == "numbered":
				f.inner(strconv.Itoa(n))
			case f.lists == "brackets":
				f.inner("")
			}
			if err := f.write(item); err != nil {
				return err
			}
			f.name = f.name[:outer]
			n++
		}
		return nil
	}
	value := url.QueryEscape(mapping.Text(v))
	if err := f.fits(len(f.out) + len(f.name) + len(value) + 2); err != nil {
		return err
	}
	if len(f.out) > 0 {
		f.out = append(f.out, '&')
	}
	f.out = append(append(f.out, f.name...), '=')
	f.out = append(f.out, value...)
	return nil
}

// inner puts a name in brackets behind the present one.
func (f *formWriter) inner(name string) {
	f.name = append(append(append(f.name, openBracket...), name...), closeBracket...)
}
