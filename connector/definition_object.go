package connector

import (
	"encoding/json"

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
	Request  string `json:"request"`
	Response string `json:"response"`
}

// FieldMapDef says how a row of a field source describes a field. Each value is (CEL) of row; loc must give a text.
type FieldMapDef struct {
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
