package catalog

import (
	"context"

	"paceline"
)

// Tool is a method that agents may call on demand, as its definition says.
type Tool struct {
	Method      Method
	Description string // for whoever chooses among tools
	ReadOnly    bool
	// Input is the JSON Schema of the body with which the method is called on demand.
	Input map[string]any
}

// Tools returns the methods of an account connector that its definition exposes to agents, in the release that calls on
// demand use, with the account connector's custom fields. Errors: NotFound.
func (r *Room) Tools(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) ([]Tool, error) {
	ac, rel, err := r.find(ctx, p, a, id)
	if err != nil || rel == nil {
		return nil, err
	}
	list := []Tool{}
	for i := range rel.Definition.Methods {
		def := &rel.Definition.Methods[i]
		if def.Agent == nil || !def.Agent.Expose {
			continue
		}
		custom := rel.WithCustom(ac.Fields, rel.Compiled.MethodUID(def.ID), "")
		with, _ := custom.MethodByID(def.ID)
		m := methodOf(custom, with)
		list = append(list, Tool{Method: m, Description: first(def.Agent.Description, def.Description, def.Name), ReadOnly: def.Agent.ReadOnly, Input: toolInput(m)})
	}
	return list, nil
}

// toolInput is the JSON Schema of a call's body: values by ids, as calls on demand take them.
func toolInput(m Method) map[string]any {
	parameters, fields := objectSchema{}, objectSchema{}
	for _, p := range m.Parameters {
		parameters.add(p.ID, p.Name, p.Description, p.DataType, p.Values, p.Optional)
	}
	for _, f := range m.RequestFields {
		fields.add(f.ID, f.Name, f.Description, f.DataType, f.Values, f.Optional)
	}
	whole := objectSchema{properties: map[string]any{}}
	for _, part := range []struct {
		name   string
		object objectSchema
	}{{"Parameters", parameters}, {"Fields", fields}} {
		if len(part.object.properties) > 0 {
			whole.properties[part.name] = part.object.schema()
		}
		if len(part.object.required) > 0 {
			whole.required = append(whole.required, part.name)
		}
	}
	return whole.schema()
}

// objectSchema is the JSON Schema of an object that has nothing else.
type objectSchema struct {
	properties map[string]any
	required   []string
}

func (o *objectSchema) add(id int32, title string, description *string, kind paceline.DataType, values []string, optional bool) {
	one := map[string]any{"title": title}
	if description != nil {
		one["description"] = *description
	}
	if t := jsonTypes[kind]; t != "" {
		one["type"] = t
	}
	if kind == paceline.TypeDateTime {
		one["format"] = "date-time"
	}
	if len(values) > 0 {
		one["examples"] = values // a value outside the list may be right: what vendors offer changes
	}
	if o.properties == nil {
		o.properties = map[string]any{}
	}
	o.properties[idText(id)] = one
	if !optional {
		o.required = append(o.required, idText(id))
	}
}

func (o objectSchema) schema() map[string]any {
	if o.properties == nil {
		o.properties = map[string]any{}
	}
	s := map[string]any{"type": "object", "properties": o.properties, "additionalProperties": false}
	if len(o.required) > 0 {
		s["required"] = o.required
	}
	return s
}

// jsonTypes are the types of JSON Schema; others take any value.
var jsonTypes = map[paceline.DataType]string{
	paceline.TypeText: "string", paceline.TypeInteger: "integer", paceline.TypeFloat: "number", paceline.TypeDecimal: "number",
	paceline.TypeBoolean: "boolean", paceline.TypeDateTime: "string",
}
