package catalog

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/mapping"
)

// MethodCall is the input of one call of a method. Values are JSON scalars.
type MethodCall struct {
	Parameters  map[string]mapping.Value // by id
	Fields      map[string]mapping.Value // of the request, by id
	Mergefields map[string]mapping.Value // by id of a parameter, or by name
	// Body is sent instead of fields: a JSON object, of a method that sends JSON also a list, or of one that sends XML the
	// document itself.
	Body *string
	// Step is the step of the account that is tried; "" for a call of its own.
	Step paceline.ID

	script  connector.ScriptCall // of the step
	lastRun string               // its last successful run date, "" for none
	whole   bool                 // scripts see the answer as all there is

	byKey  map[string]mapping.Value // by key of a parameter
	object *string                  // the vendor's name of the object; nil: the method's own
}

// only cuts the input down to what a method takes that is called in the place of another: values of parameters with
// the same key, else the same name.
func (in MethodCall) only(rel *cycle.Release, def *connector.MethodDef) MethodCall {
	out := MethodCall{Parameters: map[string]mapping.Value{}, byKey: map[string]mapping.Value{}}
	for _, p := range methodOf(rel, def).Parameters {
		if v, given := in.Parameters[idText(p.ID)]; given {
			out.Parameters[idText(p.ID)] = v
		}
	}
	for _, p := range def.Params {
		key := paramKey(p)
		if p.In == connector.ObjectPlace && in.object != nil {
			out.byKey[key] = mapping.Quote(*in.object)
			continue
		}
		v, given := in.byKey[key]
		if !given {
			for _, have := range slices.Sorted(maps.Keys(in.byKey)) {
				if _, name, _ := strings.Cut(have, ":"); name == p.Name && p.In != connector.ObjectPlace {
					v, given = in.byKey[have], true
					break
				}
			}
		}
		if given {
			out.byKey[key] = v
		}
	}
	return out
}

// objectOf returns the object that the input names, "" for the method's own.
func (in MethodCall) objectOf(rel *cycle.Release, def *connector.MethodDef) string {
	if def.Object == nil {
		return ""
	}
	for _, p := range methodOf(rel, def).Parameters {
		if !p.Entity {
			continue
		}
		for _, v := range []mapping.Value{in.Parameters[idText(p.ID)], in.Mergefields[idText(p.ID)], in.Mergefields[p.TargetName], in.byKey[p.Key]} {
			if !mapping.Empty(v) {
				return mapping.Text(v)
			}
		}
	}
	return ""
}

func paramKey(p connector.ParamDef) string { return p.In + ":" + p.Name }

// inputs finds what each value is for. Errors: Invalid.
func (in MethodCall) inputs(rel *cycle.Release, def *connector.MethodDef) (out mapping.Inputs, err error) {
	method := methodOf(rel, def)
	put := func(p Parameter, v mapping.Value) {
		where, name, _ := strings.Cut(p.Key, ":")
		v, _ = mapping.Coerce(v, p.DataType)
		out.Params = slices.DeleteFunc(out.Params, func(have mapping.Param) bool { return have.In == where && have.Name == name })
		out.Params = append(out.Params, mapping.Param{In: where, Name: name, Value: v})
	}
	for _, p := range def.Params {
		if v, given := in.byKey[paramKey(p)]; given {
			v, _ = mapping.Coerce(v, p.Type)
			out.Params = append(out.Params, mapping.Param{In: p.In, Name: p.Name, Value: v})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(in.Mergefields)) {
		if at := slices.IndexFunc(method.Parameters, func(p Parameter) bool { return idText(p.ID) == key || strings.EqualFold(p.TargetName, key) }); at >= 0 {
			put(method.Parameters[at], in.Mergefields[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(in.Parameters)) {
		at := slices.IndexFunc(method.Parameters, func(p Parameter) bool { return idText(p.ID) == key })
		if at < 0 {
			return out, invalid("Parameters", "the method has no parameter "+key)
		}
		put(method.Parameters[at], in.Parameters[key])
	}
	for _, key := range slices.Sorted(maps.Keys(in.Fields)) {
		at := slices.IndexFunc(method.RequestFields, func(f Field) bool { return idText(f.ID) == key })
		if at < 0 {
			return out, invalid("Fields", "the method has no request field "+key)
		}
		location, err := mapping.ParseLocation(method.RequestFields[at].Location)
		if err != nil {
			return out, invalid("Fields", err.Error())
		}
		v, _ := mapping.CoerceAs(in.Fields[key], method.RequestFields[at].DataType, method.RequestFields[at].Format)
		out.Fields = append(out.Fields, mapping.Field{Location: location, Value: v})
	}
	if in.Body != nil {
		if err = in.body(&out, def.Request); err != nil {
			return out, err
		}
	}
	for _, p := range def.Params {
		given := func(have mapping.Param) bool {
			return have.In == p.In && have.Name == p.Name && !mapping.Empty(have.Value)
		}
		if p.Required && p.Default == nil && !slices.ContainsFunc(out.Params, given) {
			return out, invalid("Parameters", "the parameter "+p.Title()+" has no value")
		}
	}
	return out, nil
}

// body puts a document of the caller's own in the place of the fields.
func (in MethodCall) body(out *mapping.Inputs, def connector.RequestDef) (err error) {
	text := *in.Body
	format := def.Format
	if format == "" && def.Method != "" { // not of a database, whose rows have names
		format = "json"
	}
	if written := strings.TrimSpace(text); strings.HasPrefix(written, "<") && (format == "xml" || format == "soap") {
		out.Document = xmlText(written) // as it stands, with its namespaces; scripts see what it reads as
		if text, err = xmlFields(written, def.Root, format == "soap"); err != nil {
			return err
		}
	}
	if doc := mapping.Value(text); format == "json" && json.Valid(doc) && mapping.KindOf(doc) == mapping.List {
		out.Fields = []mapping.Field{{Value: doc}}
		return nil
	}
	out.Fields, err = bodyFields(text)
	return err
}

// xmlText is a document with a declaration of ours: whatever it said of its bytes, here they are UTF-8.
func xmlText(written string) []byte {
	if strings.HasPrefix(written, "<?xml") {
		_, written, _ = strings.Cut(written, "?>")
	}
	return []byte(xml.Header + strings.TrimSpace(written))
}

// maxBodyFields bounds a document of XML as the object that it is read as, in bytes.
const maxBodyFields = 16 << 20

// xmlFields reads a document as the object that its fields are members of; root is the element around them, "" where the
// fields name it. An envelope is read as what it holds.
func xmlFields(text, root string, envelope bool) (string, error) {
	if envelope {
		doc, err := connector.DecodeSOAP([]byte(text), maxBodyFields)
		if err != nil {
			return "", invalid("Body", err.Error())
		}
		return string(doc), nil
	}
	doc, err := connector.DecodeXML([]byte(text), maxBodyFields)
	if err != nil {
		return "", invalid("Body", err.Error())
	}
	if root == "" {
		return string(doc), nil
	}
	for name, v := range mapping.Members(doc) {
		if _, local, prefixed := strings.Cut(root, ":"); name == root || prefixed && name == local {
			return string(v), nil
		}
	}
	return "", invalid("Body", "its element is not "+root)
}

// bodyFields makes a field of each member of a JSON object.
func bodyFields(text string) ([]mapping.Field, error) {
	doc := mapping.Value(text)
	if !json.Valid(doc) || mapping.KindOf(doc) != mapping.Object {
		return nil, invalid("Body", "it is not the text of a JSON object")
	}
	var list []mapping.Field
	for name, v := range mapping.Members(doc) {
		location, err := mapping.ParseLocation(`\` + strings.ReplaceAll(name, `\`, `\\`) + `\`)
		if err != nil {
			return nil, invalid("Body", err.Error())
		}
		list = append(list, mapping.Field{Location: location, Value: v})
	}
	return list, nil
}

// merge answers a merge field that the caller gave a value.
func (in MethodCall) merge(name string) (string, bool) {
	for key, v := range in.Mergefields {
		if strings.EqualFold(key, name) {
			return mapping.Text(v), true
		}
	}
	return "", false
}
