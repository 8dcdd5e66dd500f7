package connector

import "paceline"

// typeNames maps the format's words to the data types of the wire.
var typeNames = map[string]paceline.DataType{
	"": paceline.TypeUndefined, "any": paceline.TypeUndefined, "text": paceline.TypeText,
	"integer": paceline.TypeInteger, "float": paceline.TypeFloat, "decimal": paceline.TypeDecimal,
	"boolean": paceline.TypeBoolean, "datetime": paceline.TypeDateTime, "file": paceline.TypeFile,
}

// normaliseTypes turns the words of the file into data types, everywhere in the definition.
func (d *Definition) normaliseTypes() {
	word := func(t *paceline.DataType) { *t = typeNames[string(*t)] }
	fields := func(list []FieldDef) {
		for i := range list {
			word(&list[i].Type)
		}
	}
	for i := range d.Properties {
		word(&d.Properties[i].Type)
	}
	for i := range d.Methods {
		for j := range d.Methods[i].Params {
			word(&d.Methods[i].Params[j].Type)
		}
		fields(d.Methods[i].Request.Fields)
		fields(d.Methods[i].Response.Fields)
	}
	for i := range d.Triggers {
		fields(d.Triggers[i].Payload.Fields)
	}
}

// hideFilled hides the properties that are not people's to fill.
func (d *Definition) hideFilled() {
	for i := range d.Properties {
		if p := &d.Properties[i]; p.Source == "auth" || p.Source == "method" {
			p.Hidden = true
		}
	}
}
