package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
)

type dataTypeIn string

var dataTypeNames = []string{"Undefined", "Text", "Integer", "Float", "Boolean", "DateTime", "File", "Decimal"}

// SetEnum reads a DataType.
func (e *dataTypeIn) SetEnum(text string) bool { return pick((*string)(e), text, dataTypeNames) }

// customFieldOut is the CustomField object of the API.
type customFieldOut struct {
	Id                     int32
	ConnectorField         string `doc:"Location in the document." example:"[records].CustomX"`
	SystemField            *string
	DisplayName            string
	Description            *string
	DataType               string `enum:"Undefined,Text,Integer,Float,Boolean,DateTime,File,Decimal"`
	MethodUniqueIdentifier string `doc:"The method that has the field; all zero: every method."`
	DataTypeFormat         *string
	EntityIdentifier       *string  `doc:"The vendor's name of the custom object that has the field; null: every object."`
	ForRequestFormat       bool     `doc:"A field of the request, else of the response."`
	IsDiscovered           bool     `doc:"Extension: found at the vendor or named in a list of fields, and removed when it is gone there."`
	IsReadOnly             bool     `doc:"Extension: never sent."`
	IsOptional             bool     `doc:"Extension."`
	Values                 []string `doc:"Extension: what the vendor allows."`
	DisplayOrder           int      `doc:"Extension."`
}

type customFieldIn struct {
	ConnectorField         wire.Opt[string]
	SystemField            wire.Opt[string]
	DisplayName            wire.Opt[string] `doc:"The location when absent."`
	Description            wire.Opt[string]
	DataType               wire.Opt[dataTypeIn]
	MethodUniqueIdentifier wire.Opt[string]
	DataTypeFormat         wire.Opt[string]
	EntityIdentifier       wire.Opt[string]
	ForRequestFormat       wire.Opt[bool]
	DisplayOrder           wire.Opt[int]
}

type fieldSampleIn struct {
	MethodUniqueIdentifier wire.Opt[string]
	EntityIdentifier       wire.Opt[string]
	ForRequestFormat       wire.Opt[bool]
	Sample                 wire.Opt[string] `doc:"Text of a JSON document."`
}

type fieldDiscoveryIn struct {
	MethodUniqueIdentifier wire.Opt[string] `doc:"The method whose fields are asked for."`
	EntityIdentifier       wire.Opt[string] `doc:"The vendor's name of the object, when it is not the method's own."`
}

type CustomFieldPath struct {
	AccountConnectorPath
	Field string `path:"field" doc:"Id of the field."`
}

type customFieldCreateInput struct {
	AccountConnectorPath
	Body *wire.Body[customFieldIn]
}

type customFieldUpdateInput struct {
	CustomFieldPath
	Body *wire.Body[customFieldIn]
}

type fieldSampleInput struct {
	AccountConnectorPath
	Body *wire.Body[fieldSampleIn]
}

type fieldDiscoveryInput struct {
	AccountConnectorPath
	Body *wire.Body[fieldDiscoveryIn]
}

type customFieldsDeleteInput struct {
	AccountConnectorPath
	Method string `query:"methodUniqueIdentifier" doc:"Only the fields of this method."`
}

func (a *API) customFields() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	both := append(slices.Clone(owned), IDParam{In: "path", Name: "field", Owner: "account"})
	route := func(id, method, path, summary string, ids []IDParam) Route {
		return Route{ID: "AccountConnectors_" + id, Method: method, Path: "/account/connectors/{id}/fields" + path, Tag: accountConnectorsTag, Level: Account, Summary: summary, IDs: ids}
	}
	extension := func(r Route) Route {
		r.Extension = true
		return r
	}
	add(a, route("Fields_GET", http.MethodGet, "", "List the custom fields.", owned), a.customFieldList)
	add(a, route("CreateField_POST", http.MethodPost, "", "Add a custom field, or replace the one at its place.", owned), a.customFieldCreate)
	addEmpty(a, extension(route("DeleteFields_DELETE", http.MethodDelete, "", "Delete all custom fields, or those of one method.", owned)), a.customFieldsDelete)
	add(a, extension(route("SampleFields_POST", http.MethodPost, "/sample", "Add a custom field for each value of a JSON document.", owned)), a.customFieldSample)
	add(a, extension(route("DiscoverFields_POST", http.MethodPost, "/discover", "Ask the vendor which custom fields a method has.", owned)), a.customFieldDiscover)
	add(a, route("Field_GET", http.MethodGet, "/{field}", "Get one custom field.", both), a.customFieldGet)
	add(a, route("UpdateField_PUT", http.MethodPut, "/{field}", "Change a custom field, which keeps its id.", both), a.customFieldUpdate)
	addEmpty(a, route("DeleteField_DELETE", http.MethodDelete, "/{field}", "Delete a custom field.", both), a.customFieldDelete)
}

func (a *API) customFieldList(ctx context.Context, c *Call, in *AccountConnectorPath) ([]customFieldOut, error) {
	id, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.CustomFields(ctx, c.Principal, c.Account, id)
	if err != nil {
		return nil, err
	}
	return translate(list, customFieldWire), nil
}

func (a *API) customFieldGet(ctx context.Context, c *Call, in *CustomFieldPath) (out customFieldOut, err error) {
	id, field, err := in.numbers()
	if err != nil {
		return out, err
	}
	f, err := a.Catalog.CustomField(ctx, c.Principal, c.Account, id, field)
	if err != nil {
		return out, err
	}
	return customFieldWire(f), nil
}

func (a *API) customFieldCreate(ctx context.Context, c *Call, in *customFieldCreateInput) (out customFieldOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	f, err := a.Catalog.AddCustomField(ctx, c.Principal, c.Account, id, later(in.Body, customFieldIn.input))
	if err != nil {
		return out, err
	}
	return customFieldWire(f), nil
}

func (a *API) customFieldUpdate(ctx context.Context, c *Call, in *customFieldUpdateInput) (out customFieldOut, err error) {
	id, field, err := in.numbers()
	if err != nil {
		return out, err
	}
	f, err := a.Catalog.UpdateCustomField(ctx, c.Principal, c.Account, id, field, later(in.Body, customFieldIn.input))
	if err != nil {
		return out, err
	}
	return customFieldWire(f), nil
}

func (a *API) customFieldDelete(ctx context.Context, c *Call, in *CustomFieldPath) error {
	id, field, err := in.numbers()
	if err != nil {
		return err
	}
	return a.Catalog.DeleteCustomField(ctx, c.Principal, c.Account, id, field)
}

func (a *API) customFieldsDelete(ctx context.Context, c *Call, in *customFieldsDeleteInput) error {
	id, err := number(in.ID)
	if err != nil {
		return err
	}
	var method paceline.ID
	if in.Method != "" {
		if method, err = guid(in.Method); err != nil {
			return err
		}
	}
	return a.Catalog.DeleteCustomFields(ctx, c.Principal, c.Account, id, method)
}

func (a *API) customFieldSample(ctx context.Context, c *Call, in *fieldSampleInput) ([]customFieldOut, error) {
	id, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.AddSampleFields(ctx, c.Principal, c.Account, id, later(in.Body, fieldSampleIn.input))
	if err != nil {
		return nil, err
	}
	return translate(list, customFieldWire), nil
}

func (a *API) customFieldDiscover(ctx context.Context, c *Call, in *fieldDiscoveryInput) ([]customFieldOut, error) {
	id, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.DiscoverFields(ctx, c.Principal, c.Account, id, later(in.Body, fieldDiscoveryIn.input))
	if err != nil {
		return nil, err
	}
	return translate(list, customFieldWire), nil
}

func (in customFieldIn) input() (out catalog.CustomFieldInput, err error) {
	out = catalog.CustomFieldInput{
		Location: in.ConnectorField.Ptr(), DisplayName: in.DisplayName.Ptr(), SystemName: emptied(in.SystemField), Description: emptied(in.Description),
		Format: emptied(in.DataTypeFormat), DataType: convert[paceline.DataType](in.DataType), ForRequest: in.ForRequestFormat.Ptr(),
		Object: emptied(in.EntityIdentifier), Position: in.DisplayOrder.Ptr(),
	}
	out.Method, err = methodIdentifier(in.MethodUniqueIdentifier)
	return out, err
}

func (in fieldSampleIn) input() (out catalog.FieldSample, err error) {
	out.Text = in.Sample.Value
	out.Place.Object, out.Place.ForRequest = in.EntityIdentifier.Ptr(), in.ForRequestFormat.Ptr()
	out.Place.Method, err = methodIdentifier(in.MethodUniqueIdentifier)
	return out, err
}

func (in fieldDiscoveryIn) input() (out catalog.FieldTarget, err error) {
	uid, err := methodIdentifier(in.MethodUniqueIdentifier)
	if err == nil && uid == nil {
		err = paceline.Fail(paceline.CodeFieldInvalid, "name", "MethodUniqueIdentifier", "reason", "it is missing")
	}
	if err != nil {
		return out, err
	}
	out.Method.UID, out.Object = *uid, in.EntityIdentifier.Value
	return out, nil
}

// methodIdentifier reads a GUID; null and an empty text mean every method.
func methodIdentifier(in wire.Opt[string]) (*paceline.ID, error) {
	if !in.Set {
		return nil, nil
	}
	id := paceline.ZeroID
	if text := strings.TrimSpace(in.Value); text != "" {
		parsed, ok := paceline.ParseID(text)
		if !ok {
			return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "MethodUniqueIdentifier", "reason", "it is not a GUID")
		}
		id = parsed
	}
	return &id, nil
}

func (p CustomFieldPath) numbers() (id, field int32, err error) {
	if id, err = number(p.ID); err == nil {
		field, err = number(p.Field)
	}
	return id, field, err
}

func customFieldWire(f paceline.CustomField) customFieldOut {
	return customFieldOut{
		Id: f.ID, ConnectorField: f.Location, SystemField: f.SystemName, DisplayName: f.DisplayName, Description: f.Description, DataType: string(f.DataType),
		MethodUniqueIdentifier: string(f.Method), DataTypeFormat: f.Format, EntityIdentifier: textPtr(f.Object), ForRequestFormat: f.ForRequest,
		IsDiscovered: f.Discovered, IsReadOnly: f.ReadOnly, IsOptional: !f.Required, Values: wire.List(f.Values), DisplayOrder: f.Position,
	}
}
