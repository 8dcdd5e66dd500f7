package connector

import (
	"encoding/json"
	"slices"
	"strings"

	"paceline"
)

// ObjectDef says which object of the vendor a method is about unless a step names another. Short form: the name.
type ObjectDef struct {
	Name   string `json:"name"`   // how the vendor calls it
	Lookup string `json:"lookup"` // that offers the others
	Label  string `json:"label"`  // what people call what they choose
}

// UnmarshalJSON reads a name alone or the mapping.
func (o *ObjectDef) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &o.Name)
	}
	type plain ObjectDef
	return json.Unmarshal(b, (*plain)(o))
}

// The parameter by which a step names the object of its method; templates call it object.name.
const (
	ObjectPlace = "object"
	ObjectParam = "name"
	ObjectKey   = ObjectPlace + ":" + ObjectParam
)

// ObjectName returns the method's own object, "" for a method without.
func (m *MethodDef) ObjectName() string {
	if m.Object == nil {
		return ""
	}
	return m.Object.Name
}

// sourceObjects gives a field source that names an object and has none of its own the one of the first method that it tells
// the fields of: which object it is asked about is that method's to say.
func (d *Definition) sourceObjects() {
	asking := map[string]*ObjectDef{}
	for i := range d.Methods {
		m := &d.Methods[i]
		if m.Object == nil || m.CustomFields == nil {
			continue
		}
		for _, from := range slices.Concat(m.CustomFields.Request, m.CustomFields.Response) {
			if asking[from.Method] == nil {
				asking[from.Method] = &ObjectDef{Name: m.Object.Name}
			}
		}
	}
	for i := range d.Methods {
		if m := &d.Methods[i]; m.FieldSource && m.Object == nil && m.Request.namesObject() {
			m.Object = asking[m.ID]
		}
	}
}

// namesObject reports whether a template of the request mentions the object.
func (r *RequestDef) namesObject() bool {
	texts := []string{r.Path, r.URL, r.Template}
	for _, p := range slices.Concat(r.Query, r.Headers) {
		texts = append(texts, p.Value)
	}
	for _, f := range r.Fields {
		if f.Default != nil {
			texts = append(texts, f.Default.Text())
		}
	}
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, ObjectPlace+"."+ObjectParam) })
}

// objectParams gives each method with an object the parameter that names it.
func (d *Definition) objectParams() {
	for i := range d.Methods {
		m := &d.Methods[i]
		if m.Object == nil {
			continue
		}
		text, _ := json.Marshal(m.Object.Name)
		m.Params = append(m.Params, ParamDef{
			Name: ObjectParam, In: ObjectPlace, Target: "CyclrObjectName", Label: firstOf(m.Object.Label, "Object"), Type: paceline.TypeText,
			Description: "How the vendor calls the object.", Default: &Scalar{text}, Lookup: m.Object.Lookup,
		})
	}
}

// CustomFieldsDef names the methods that tell which further fields a method's request and response have: a field
// source, or a method without inputs whose answer has the same shape.
type CustomFieldsDef struct {
	Request  FieldSources `json:"request"`  // one, or several that each tell a part
	Response FieldSources `json:"response"` // one, or several that each tell a part
}

// FieldSources is one FieldsFrom or a list; of fields at one place the first tells.
type FieldSources []FieldsFrom

// UnmarshalJSON reads either form.
func (f *FieldSources) UnmarshalJSON(b []byte) error {
	list, err := oneOrMany[FieldsFrom](b)
	*f = list
	return err
}

// FieldsFrom is a method that tells fields. Short form: its id.
type FieldsFrom struct {
	Method string `json:"method"` // id of a method
	At     string `json:"at"`     // (location) of the object or list that the fields stand in; as the method tells them without one
}

// UnmarshalJSON reads an id alone or the mapping.
func (f *FieldsFrom) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &f.Method)
	}
	type plain FieldsFrom
	return json.Unmarshal(b, (*plain)(f))
}

// FieldMapDef says how a row of a field source describes a field. Each value is (CEL) of row; loc must give a text, ""
// for what is no field.
type FieldMapDef struct {
	Members     string            `json:"members"` // (location) of an object that describes a field by each of its members, in place of rows: row is the member's value then, key its name
	Loc         string            `json:"loc"`
	Name        string            `json:"name"`
	Label       string            `json:"label"`
	Description string            `json:"description"`
	Type        string            `json:"type"`
	Format      string            `json:"format"`
	Required    string            `json:"required"`
	ReadOnly    string            `json:"readonly"`
	Hidden      string            `json:"hidden"`
	Default     string            `json:"default"`
	Values      string            `json:"values"` // texts, or objects with value and label
	Types       map[string]string `json:"types"`  // of the vendor, to those of the format
}
