package catalog

import (
	"paceline"
	"paceline/connector"
	"paceline/cycle"
)

// Connector is a release of a connector as the API shows it (api.md 4).
type Connector struct {
	ID             int32
	UID            paceline.ID
	Key            string
	Name           string
	Description    *string
	APIVersion     *string // the vendor's, "v3"
	Release        string  // ours, "1.4.0"
	Icon           *string // data URI
	Categories     []string
	Parameters     []Parameter
	Lookups        []Lookup
	Authentication []Authentication
	Utility        bool
	Status         string // Approved, Beta, Planned
	Quality        string // generated, reviewed, tested, certified; "" when nobody has said
}

// Authentication is one way to authenticate a connector.
type Authentication struct {
	ID          paceline.ID
	Name        string
	Description *string
	Type        string // None, ApiKey, Basic, OAuth1, OAuth2, AuthFields
	OAuth2Type  string // AuthorisationCode, ClientCredentials, PasswordCredentials, else Unknown
	Scheme      *string
	Default     bool
}

// Parameter is a property of a connector or a parameter of a method.
type Parameter struct {
	ID           int32
	Key          string // of the step's mapping, "in:name"; "" for properties of a connector
	Name         string
	Description  *string
	TargetType   string // HttpHeader, MergeField, QueryString
	TargetName   string
	Sensitive    bool
	Optional     bool
	DataType     paceline.DataType
	LookupName   *string
	Lookup       *Lookup // nil without one
	Values       []string
	DisplayOrder int
	// Entity says that it names the object that the method is about.
	Entity bool
	// OfAccount says that an account connector has its own value (IsAccountConnectorProperty).
	OfAccount bool
}

// Lookup is a drop-down source of a connector.
type Lookup struct {
	ID       int32
	MethodID int32
	Name     string
	Label    string // location
	Value    string // location
	// Sub are the lookups of parameters that this one's method takes; Entity is such a parameter's id.
	Sub    []Lookup
	Entity int32
}

// Method is a method or webhook trigger of a connector as the API shows it.
type Method struct {
	ID             int32
	UID            paceline.ID
	Name           string
	Description    *string
	Warning        *string
	Category       string
	Type           string // Action, Webhook, Script or WebhookResponse
	EndPoint       string // with its merge fields
	Parameters     []Parameter
	RequestFields  []Field
	ResponseFields []Field
	// CreateWebhook and DeleteWebhook are the methods that register a webhook and take it back; 0 without.
	CreateWebhook, DeleteWebhook int32 `json:",omitempty"`
}

// Field is a field of a method's request or response.
type Field struct {
	ID           int32
	Location     string
	Name         string
	Description  *string
	Optional     bool
	DataType     paceline.DataType
	Format       string `json:",omitempty"` // of dates that are sent
	LookupName   *string
	Lookup       *Lookup // nil without one
	Values       []string
	DisplayOrder int
	ForRequest   bool
}

// The wire's names of what a method is.
const (
	MethodAction  = "Action"
	MethodWebhook = "Webhook"
	MethodScript  = "Script"
	MethodReply   = "WebhookResponse"
)

// ConnectorOf describes a release.
func ConnectorOf(rel *cycle.Release) Connector {
	def := rel.Definition
	c := Connector{
		ID: rel.ConnectorID, UID: rel.Key.UID, Key: rel.ConnectorKey, Name: rel.Name,
		Description: text(def.Metadata.Description), APIVersion: text(def.Metadata.APIVersion),
		Release: rel.Key.Version, Icon: rel.Icon, Categories: def.Metadata.Categories,
		Utility: def.IsUtility(), Status: statusNames[def.Metadata.Status], Quality: quality(rel),
	}
	for i, p := range def.Properties {
		if p.Hidden {
			continue
		}
		c.Parameters = append(c.Parameters, Parameter{
			ID: rel.ID(connector.PropertyElement, p.Name), Name: first(p.Label, p.Name), Description: text(p.Description),
			TargetType: "MergeField", TargetName: p.Name, Sensitive: p.Secret,
			Optional: !p.Required || p.Default != nil, DataType: p.Type, Values: values(p.Values),
			DisplayOrder: i + 1, OfAccount: p.OfAccount(),
		})
	}
	for _, l := range def.Lookups {
		c.Lookups = append(c.Lookups, lookupOf(rel, l))
	}
	for i := range def.Auth {
		a := &def.Auth[i]
		c.Authentication = append(c.Authentication, Authentication{
			ID: rel.Compiled.AuthUID(a.ID), Name: a.Title(), Description: text(a.Description), Type: a.WireType(), OAuth2Type: a.WireGrant(),
			Default: rel.Compiled.Auth("") == a,
		})
	}
	return c
}

// statusNames are what lists say of a definition, by its own word.
var statusNames = map[string]string{"": "Approved", "approved": "Approved", "beta": "Beta", "planned": "Planned"}

// The levels of quality of connectors: what a definition says of itself, or that it came with the program, whose tests play
// each of its recordings.
const qualityTested = "tested"

// quality is how far somebody answers for a release, "" when nobody has said.
func quality(rel *cycle.Release) string {
	if rel.Definition.Metadata.Quality == "" && rel.Partner == 0 {
		return qualityTested
	}
	return rel.Definition.Metadata.Quality
}

// maxSubLookups bounds how many lookups are shown within one.
const maxSubLookups = 50

func lookupOf(rel *cycle.Release, l connector.Lookup) Lookup {
	left := maxSubLookups
	return lookupWith(rel, l, &left)
}

// lookupWith shows a lookup with those of its method's parameters, of which left may still be shown.
func lookupWith(rel *cycle.Release, l connector.Lookup, left *int) Lookup {
	out := Lookup{
		ID: rel.ID(connector.LookupElement, l.Name), MethodID: rel.MethodID(l.Method),
		Name: l.Name, Label: l.Label, Value: l.Value,
	}
	method, _ := rel.MethodByID(l.Method)
	if method == nil {
		return out
	}
	for _, p := range method.Params { // the linter refuses circles
		for _, def := range rel.Definition.Lookups {
			if p.Lookup == "" || def.Name != p.Lookup || *left <= 0 {
				continue
			}
			*left--
			sub := lookupWith(rel, def, left)
			sub.Entity = rel.ID(connector.ParamElement, connector.ParamKey(method.ID, p.In, p.Name))
			out.Sub = append(out.Sub, sub)
		}
	}
	return out
}

// lookupNamed returns a lookup of a release, nil for no name and an unknown one.
func lookupNamed(rel *cycle.Release, name string) *Lookup {
	for _, l := range rel.Definition.Lookups {
		if name != "" && l.Name == name {
			found := lookupOf(rel, l)
			return &found
		}
	}
	return nil
}

// MethodOf describes a method or trigger of a release; false for one that it does not have.
func MethodOf(rel *cycle.Release, uid paceline.ID) (Method, bool) {
	method, trigger := rel.Method(uid)
	switch {
	case method != nil:
		return methodOf(rel, method), true
	case trigger == nil:
		return Method{}, false
	case trigger.Type == "poll":
		polled, _ := rel.MethodByID(trigger.Method)
		if polled == nil {
			return Method{}, false
		}
		m := methodOf(rel, polled)
		m.ID, m.UID, m.Name = rel.MethodID(trigger.ID), uid, first(trigger.Name, m.Name)
		m.Description, m.Category = text(first(trigger.Description, polled.Description)), first(trigger.Category, m.Category)
		return m, true
	}
	m := Method{
		ID: rel.MethodID(trigger.ID), UID: uid, Name: first(trigger.Name, trigger.ID), Description: text(trigger.Description),
		Category: trigger.Category, Type: MethodWebhook, ResponseFields: responseFields(rel, trigger.ID, trigger.Payload.Fields),
	}
	if s := trigger.Subscription; s != nil {
		m.CreateWebhook, m.DeleteWebhook = rel.MethodID(s.Create), rel.MethodID(s.Delete)
	}
	for i, p := range rel.Definition.TriggerParams(trigger) {
		m.Parameters = append(m.Parameters, parameterOf(rel, trigger.ID, p, i+1))
	}
	return m, true
}

func methodOf(rel *cycle.Release, def *connector.MethodDef) Method {
	m := Method{
		ID: rel.MethodID(def.ID), UID: rel.Compiled.MethodUID(def.ID), Name: def.Name, Description: text(def.Description),
		Warning: text(def.Warning), Category: def.Category, Type: MethodAction, EndPoint: def.Request.URL,
		ResponseFields: responseFields(rel, def.ID, def.Response.Fields),
	}
	if def.Kind == connector.MethodScript {
		m.Type = MethodScript
	} else if def.Kind == connector.MethodReply {
		m.Type = MethodReply
	} else if m.EndPoint == "" {
		m.EndPoint = rel.Definition.Server.BaseURL + def.Request.Path
	}
	for i, p := range def.Params {
		if !p.Hidden {
			m.Parameters = append(m.Parameters, parameterOf(rel, def.ID, p, i+1))
		}
	}
	for i, f := range def.Request.Fields {
		if !f.Hidden {
			m.RequestFields = append(m.RequestFields, requestField(rel, def.ID, f, i+1))
		}
	}
	return m
}

var targetTypes = map[string]string{"header": "HttpHeader", "cookie": "HttpHeader", "query": "QueryString"}

func parameterOf(rel *cycle.Release, method string, p connector.ParamDef, order int) Parameter {
	return Parameter{
		ID: rel.ID(connector.ParamElement, connector.ParamKey(method, p.In, p.Name)), Key: p.In + ":" + p.Name,
		Name: p.Title(), Description: text(p.Description), TargetType: first(targetTypes[p.In], "MergeField"),
		TargetName: p.Wire(), Optional: !p.Required, DataType: p.Type, LookupName: text(p.Lookup), Lookup: lookupNamed(rel, p.Lookup),
		Values: values(p.Values), DisplayOrder: order, Entity: p.In == connector.ObjectPlace, Sensitive: p.Secret,
	}
}

func requestField(rel *cycle.Release, method string, f connector.FieldDef, order int) Field {
	field := fieldOf(f, rel.ID(connector.RequestFieldElement, connector.RequestFieldKey(method, f.Loc)), order, true)
	field.Lookup = lookupNamed(rel, f.Lookup)
	return field
}

func responseFields(rel *cycle.Release, method string, defs []connector.FieldDef) (list []Field) {
	for i, f := range defs {
		if !f.Hidden {
			id := rel.ID(connector.ResponseFieldElement, connector.ResponseFieldKey(method, f.Loc))
			list = append(list, fieldOf(f, id, i+1, false))
		}
	}
	return list
}

func fieldOf(f connector.FieldDef, id int32, order int, request bool) Field {
	return Field{
		ID: id, Location: f.Loc, Name: f.Title(), Description: text(f.Description), Optional: !f.Required, DataType: f.Type, Format: f.Format,
		LookupName: text(f.Lookup), Values: values(f.Values), DisplayOrder: order, ForRequest: request,
	}
}

func values(choices []connector.Choice) (list []string) {
	for _, c := range choices {
		list = append(list, c.Value)
	}
	return list
}

// text returns nil for no text.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
