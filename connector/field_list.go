package connector

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/mapping"
)

// The bounds of a list of fields that somebody types.
const (
	maxListed     = 200
	maxListedName = 200
)

// ReadFieldList reads a list of fields that somebody typed: names with commas or line breaks between them, each with a
// type behind a colon or without one. Locations are those within the object that the fields belong to.
func ReadFieldList(text string) (list []paceline.CustomField, err error) {
	for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		f, err := listedField(item)
		switch {
		case err != nil:
			return nil, err
		case slices.ContainsFunc(list, func(have paceline.CustomField) bool { return have.Location == f.Location }):
			return nil, fmt.Errorf("%q is in it twice", shorten(f.DisplayName))
		case len(list) == maxListed:
			return nil, fmt.Errorf("it has more than %d fields", maxListed)
		}
		list = append(list, f)
	}
	return list, nil
}

func listedField(item string) (f paceline.CustomField, err error) {
	name, word := item, "any"
	if i := strings.LastIndexByte(item, ':'); i >= 0 && !strings.HasSuffix(item, `\`) {
		name, word = strings.TrimSpace(item[:i]), strings.ToLower(strings.TrimSpace(item[i+1:]))
	}
	kind, known := typeNames[word]
	if !known || word == "" {
		return f, fmt.Errorf("%q has no type that there is: text, integer, float, decimal, boolean, datetime, file or any", shorten(item))
	}
	l, err := mapping.ParseLocation(name)
	if err != nil || name == "" || utf8.RuneCountInString(name) > maxListedName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return f, fmt.Errorf("%q is not the name of a field", shorten(name))
	}
	f.Location, f.Discovered = l.String(), true
	f.DisplayName, f.SystemName, f.DataType = name, &name, kind
	return f, nil
}

// Within returns the fields at their places in the object at a location.
func Within(object string, list []paceline.CustomField) []paceline.CustomField {
	list = slices.Clone(list)
	for i := range list {
		list[i].Location = object + "." + list[i].Location
	}
	return list
}

// listedFields checks the properties that are lists of fields, once all methods are compiled.
func (b *builder) listedFields() {
	filled := map[string]bool{}
	for i, p := range b.def.Properties {
		at := pointer("/properties", i)
		if len(p.Fields) > 0 && (p.Scope != ScopeAccount || p.Secret || p.Default != nil || p.Source != "") {
			b.add(pointer(at, "fields"), fmt.Sprintf("the property %s can not be a list of fields", p.Name), "Such a property has scope account and is neither secret nor filled by the connector.")
		}
		for j, of := range p.Fields {
			here := pointer(at, "fields", j)
			m := b.c.methods[of.Method]
			if m == nil {
				b.add(pointer(here, "method"), fmt.Sprintf("the method %q does not exist", of.Method), "Name a method of this file.")
				continue
			}
			found := m.Definition.CustomFields
			for key, side := range map[string]struct {
				object string
				taken  bool
			}{"request": {of.Request, found != nil && len(found.Request) > 0}, "response": {of.Response, found != nil && len(found.Response) > 0}} {
				if side.object == "" {
					continue
				}
				b.location(pointer(here, key), side.object)
				if place := of.Method + "/" + key; side.taken || filled[place] {
					b.add(pointer(here, key), fmt.Sprintf("the fields of %s come from elsewhere, too", of.Method), "Name them in one place: one property, or customFields of the method.")
				} else {
					filled[place] = true
				}
			}
			if of.Request == "" && of.Response == "" {
				b.add(here, fmt.Sprintf("the method %s gets none of the fields", of.Method), "Add request or response with the location of the object that they belong to.")
			}
		}
	}
}
