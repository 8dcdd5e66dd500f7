package connector

import (
	"net/url"
	"strconv"

	"paceline/mapping"
)

// buildForm writes the fields as name=value pairs. Members of objects are written name[member], items of
// lists of objects name[0][member], and a list of single values as the method says: it repeats its name,
// with brackets behind it (name[]) or with numbers in them (name[0]).
func buildForm(m *Method, in *mapping.Inputs) (content, error) {
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	return content{body: appendForm([]byte{}, "", m.Definition.Request.Lists, mapping.Value(doc))}, nil
}

func appendForm(dst []byte, name, lists string, v mapping.Value) []byte {
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
		return dst
	case mapping.Object:
		for member, value := range mapping.Members(v) {
			inner := member
			if name != "" {
				inner = name + "[" + member + "]"
			}
			dst = appendForm(dst, inner, lists, value)
		}
		return dst
	case mapping.List:
		n := 0
		for item := range wholeList.GetAll(v) {
			inner := name
			switch k := mapping.KindOf(item); {
			case k == mapping.Object, k == mapping.List, lists == "numbered":
				inner = name + "[" + strconv.Itoa(n) + "]"
			case lists == "brackets":
				inner = name + "[]"
			}
			dst = appendForm(dst, inner, lists, item)
			n++
		}
		return dst
	}
	if len(dst) > 0 {
		dst = append(dst, '&')
	}
	dst = append(dst, url.QueryEscape(name)...)
	dst = append(dst, '=')
	return append(dst, url.QueryEscape(mapping.Text(v))...)
}
