package connector

import (
	"regexp"
	"strings"
	"time"

	"paceline"
	"paceline/mapping"
)

// The bounds of a sample.
const (
	maxSampleDepth = 10
	maxSampleItems = 20 // of a list that are looked at
)

// FieldsOfSample returns a field for each value of a JSON document, in the document's order: of a list, what its
// first items have. The document must be valid.
func FieldsOfSample(doc []byte) []paceline.CustomField {
	s := sampler{seen: map[string]int{}}
	s.value("", "", doc, 0)
	return s.list
}

type sampler struct {
	list []paceline.CustomField
	seen map[string]int
}

func (s *sampler) value(at, name string, v mapping.Value, depth int) {
	switch mapping.KindOf(v) {
	case mapping.Object:
		if depth >= maxSampleDepth {
			return
		}
		for member, inner := range mapping.Members(v) {
			next := quoteName(member)
			if mapping.KindOf(inner) == mapping.List {
				next = "[" + member + "]"
				if strings.ContainsAny(member, `[]\`) {
					continue // such a list has no location
				}
			}
			if at != "" {
				next = at + "." + next
			}
			s.value(next, member, inner, depth+1)
		}
	case mapping.List:
		if at == "" {
			at = "[]"
		}
		n := 0
		for item := range wholeList.GetAll(v) {
			if n++; n > maxSampleItems || depth >= maxSampleDepth {
				return
			}
			s.value(at, name, item, depth+1)
		}
	default:
		s.add(at, name, v)
	}
}

// add notes a field; of two items of a list the first one with a type tells it.
func (s *sampler) add(at, name string, v mapping.Value) {
	l, err := mapping.ParseLocation(at)
	if at == "" || err != nil || len(s.list) >= maxFields {
		return
	}
	if i, known := s.seen[l.String()]; known {
		if f := &s.list[i]; f.DataType == paceline.TypeUndefined {
			f.DataType = sampleType(v)
		}
		return
	}
	s.seen[l.String()] = len(s.list)
	s.list = append(s.list, paceline.CustomField{Location: l.String(), CustomFieldDetail: paceline.CustomFieldDetail{
		DisplayName: firstOf(humanName(name), "Value"), DataType: sampleType(v),
	}})
}

func sampleType(v mapping.Value) paceline.DataType {
	switch text := string(v); mapping.KindOf(v) {
	case mapping.Number:
		if strings.ContainsAny(text, ".eE") {
			return paceline.TypeDecimal
		}
		return paceline.TypeInteger
	case mapping.Boolean:
		return paceline.TypeBoolean
	case mapping.String:
		if _, err := time.Parse(time.RFC3339, mapping.Text(v)); err == nil {
			return paceline.TypeDateTime
		}
		return paceline.TypeText
	}
	return paceline.TypeUndefined
}

// quoteName writes a member's name as a segment of a location.
func quoteName(name string) string {
	if name != "" && !strings.ContainsAny(name, `.[]\`) {
		return name
	}
	return `\` + strings.ReplaceAll(name, `\`, `\\`) + `\`
}

var wordBreaks = regexp.MustCompile(`[^\pL\pN]+|([\p{Ll}\pN])(\p{Lu})`)

// humanName makes words of a name as vendors write them: first_name and firstName become First Name.
func humanName(name string) string {
	words := strings.Fields(wordBreaks.ReplaceAllString(name, "$1 $2"))
	for i, w := range words {
		if strings.EqualFold(w, "id") {
			words[i] = "ID"
			continue
		}
		first := []rune(w)
		words[i] = strings.ToUpper(string(first[:1])) + string(first[1:])
	}
	return strings.Join(words, " ")
}
