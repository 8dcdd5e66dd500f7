package connector

import "slices"

// ElementKind is what an element is, in the words of the registry of integer ids (decision D-2).
type ElementKind string

// The kinds of elements of a definition. A webhook trigger is a method to the API.
const (
	ConnectorElement     ElementKind = "connector"
	PropertyElement      ElementKind = "property"
	MethodElement        ElementKind = "method"
	ParamElement         ElementKind = "param"
	RequestFieldElement  ElementKind = "reqfield"
	ResponseFieldElement ElementKind = "respfield"
	LookupElement        ElementKind = "lookup"
)

// Element is one thing of a definition that has an integer id in the API. Kind and Key together name it
// among the elements of its connector, in every release.
type Element struct {
	Kind ElementKind
	Key  string
}

// ParamKey returns the key of a method's parameter.
func ParamKey(method, in, name string) string { return method + "/" + in + ":" + name }

// RequestFieldKey returns the key of a field of a method's request.
func RequestFieldKey(method, loc string) string { return method + "/request/" + loc }

// ResponseFieldKey returns the key of a field of a method's response, or of a trigger's payload.
func ResponseFieldKey(method, loc string) string { return method + "/response/" + loc }

// Elements returns everything that needs an integer id, in the order of the document: the connector (key
// ""), properties, lookups, then each method and trigger with its parameters and fields.
func (d *Definition) Elements() []Element {
	list := []Element{{ConnectorElement, ""}}
	for _, p := range d.Properties {
		list = append(list, Element{PropertyElement, p.Name})
	}
	for _, l := range d.Lookups {
		list = append(list, Element{LookupElement, l.Name})
	}
	for _, m := range d.Methods {
		list = append(list, Element{MethodElement, m.ID})
		for _, p := range m.Params {
			list = append(list, Element{ParamElement, ParamKey(m.ID, p.In, p.Name)})
		}
		for _, f := range m.Request.Fields {
			list = append(list, Element{RequestFieldElement, RequestFieldKey(m.ID, f.Loc)})
		}
		for _, f := range m.Response.Fields {
			list = append(list, Element{ResponseFieldElement, ResponseFieldKey(m.ID, f.Loc)})
		}
	}
	for _, t := range d.Triggers {
		list = append(list, Element{MethodElement, t.ID})
		for _, p := range d.TriggerParams(&t) {
			list = append(list, Element{ParamElement, ParamKey(t.ID, p.In, p.Name)})
		}
		for _, f := range t.Payload.Fields {
			list = append(list, Element{ResponseFieldElement, ResponseFieldKey(t.ID, f.Loc)})
		}
	}
	return slices.Clip(list)
}
