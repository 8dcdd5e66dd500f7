package api

import (
	"cmp"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
)

// ConnectorOut is the Connector object of the API.
type ConnectorOut struct {
	Id                int32  `doc:"Stays the same in every release."`
	Name              string `example:"GitHub"`
	Description       *string
	Status            string  `enum:"Approved,Beta,Planned"`
	Version           *string `doc:"Version of the vendor's API."`
	Icon              *string `doc:"Data URI."`
	AuthDescription   *string `doc:"Mirrors the first authentication."`
	AuthType          string  `enum:"ApiKey,Basic,OAuth1,OAuth2,None,AuthFields" doc:"Mirrors the first authentication."`
	OAuth2Type        string  `enum:"Unknown,AuthorisationCode,ClientCredentials,PasswordCredentials"`
	AuthScheme        *string
	Categories        []string
	IsSystemConnector bool
	Parameters        []connectorParameterOut
	Triggers          []triggerOut `doc:"Lookups of the connector."`
	Authentication    []authenticationOut
	Release           string  `doc:"Extension: our release number."`
	Quality           *string `enum:"generated,reviewed,tested,certified" doc:"Extension: how far somebody answers for the definition; null when nobody has said."`
}

type connectorParameterOut struct {
	IsAccountConnectorProperty bool
	TargetType                 string
	TargetName                 string
	IsSensitive                bool
	Id                         int32
	Name                       string
	Description                *string
	IsOptional                 bool
	DataType                   string
	TriggerName                *string
	Values                     []string
	DisplayOrder               int
	Triggers                   []triggerOut
}

type authenticationOut struct {
	Id              string
	AuthName        string
	AuthDescription *string
	AuthType        string
	OAuth2Type      string
	AuthScheme      *string
}

type triggerOut struct {
	TriggerId          int32
	AccountConnectorId int32
	MethodId           int32
	Name               string
	HumanReadableKey   string
	IdentifierKey      string
	SubTriggers        []triggerOut
	EntityId           int32
}

// methodOut is the Method object of the API, in its order of properties.
type methodOut struct {
	Id                     int32
	Name                   string
	Description            *string
	Category               *string
	MethodType             string `enum:"Action,Webhook,Script,WebhookResponse"`
	EndPoint               string `doc:"The address before values are put in."`
	Parameters             []parameterOut
	MethodUniqueIdentifier string `doc:"GUID, the same in every release and installation."`
	Warning                *string
	CreateWebhookMethod    *int32
	DeleteWebhookMethod    *int32
	RequestFields          []fieldOut
	ResponseFields         []fieldOut
}

type parameterOut struct {
	TargetType   string
	TargetName   string
	IsSensitive  bool
	Id           int32
	Name         string
	Description  *string
	IsOptional   bool
	DataType     string
	TriggerName  *string
	Values       []string
	DisplayOrder int
	Triggers     []triggerOut `doc:"null in the catalogue."`
}

type fieldOut struct {
	Location     string
	Id           int32
	Name         string
	Description  *string
	IsOptional   bool
	DataType     string
	TriggerName  *string
	Values       []string
	DisplayOrder int
	Triggers     []triggerOut `doc:"null in the catalogue."`
}

// accountConnectorOut is the AccountConnector object of the API.
type accountConnectorOut struct {
	Id                            int32
	Name                          string
	Description                   *string
	AuthValue                     *string `doc:"Only in the answer to the write that set it."`
	AuthHint                      string  `json:",omitempty" doc:"Extension: the last four characters of a credential of one value that is long enough."`
	Authenticated                 bool
	SignedInOnUtc                 *wire.Time `json:",omitempty" doc:"Extension: when the credential was last given; absent where it never was. A renewal does not change it."`
	Connector                     ConnectorOut
	IsPartnerIntegrationConnector bool
	Properties                    []propertyOut
	CustomFields                  []customFieldOut
	AuthenticationId              *string
	ParentAccountId               *string `doc:"Extension: API id of the parent account that the connector belongs to; null for the account's own."`
	CycleCount                    int     `json:",omitempty" doc:"Extension, in lists: how many cycles use it, of which a sub account sees its own. 1001: more than 1000."`
}

type propertyOut struct {
	Name               string
	Value              *string `doc:"null where the property is secret."`
	Id                 int32
	AccountConnectorId int32
	Hint               string `json:",omitempty" doc:"Extension: the last four characters of a secret value that is long enough, for the account that it belongs to."`
}

// connectorOrList is one connector when it was asked for by id, or all that share a name.
type connectorOrList struct {
	one  *ConnectorOut
	many []ConnectorOut
}

// MarshalJSON writes the object or the list.
func (c connectorOrList) MarshalJSON() ([]byte, error) {
	if c.one != nil {
		return json.Marshal(c.one)
	}
	return json.Marshal(wire.List(c.many))
}

// Schema describes both forms.
func (connectorOrList) Schema(r huma.Registry) *huma.Schema {
	one := r.Schema(reflect.TypeFor[ConnectorOut](), true, "")
	return &huma.Schema{OneOf: []*huma.Schema{one, {Type: "array", Items: one}}}
}

func connectorWire(c catalog.Connector) ConnectorOut {
	out := ConnectorOut{
		Id: c.ID, Name: c.Name, Description: c.Description, Status: cmp.Or(c.Status, "Approved"), Version: c.APIVersion, Icon: c.Icon, Release: c.Release, IsSystemConnector: c.Utility, Quality: textPtr(c.Quality),
		AuthType: "None", OAuth2Type: "Unknown", Categories: wire.List(c.Categories),
		Parameters: translate(c.Parameters, connectorParameterWire),
	}
	out.Triggers = translate(c.Lookups, func(l catalog.Lookup) triggerOut { return triggerWire(l, 0, 0) })
	out.Authentication = translate(c.Authentication, func(a catalog.Authentication) authenticationOut {
		return authenticationOut{Id: string(a.ID), AuthName: a.Name, AuthDescription: a.Description, AuthType: a.Type, OAuth2Type: a.OAuth2Type, AuthScheme: a.Scheme}
	})
	if len(out.Authentication) > 0 {
		first := out.Authentication[0]
		out.AuthDescription, out.AuthType, out.OAuth2Type, out.AuthScheme = first.AuthDescription, first.AuthType, first.OAuth2Type, first.AuthScheme
	}
	return out
}

func connectorParameterWire(p catalog.Parameter) connectorParameterOut {
	return connectorParameterOut{
		IsAccountConnectorProperty: p.OfAccount, TargetType: p.TargetType, TargetName: p.TargetName, IsSensitive: p.Sensitive, Id: p.ID, Name: p.Name,
		Description: p.Description, IsOptional: p.Optional, DataType: string(p.DataType), TriggerName: p.LookupName, Values: wire.List(p.Values),
		DisplayOrder: p.DisplayOrder,
	}
}

// methodWire shows a method as the catalogue does, without its lookups.
func methodWire(m catalog.Method) methodOut {
	return methodWith(m, func(*catalog.Lookup, int32) []triggerOut { return nil })
}

// stepMethodWire shows a method as a step has it, with the lookups of an account connector.
func stepMethodWire(m catalog.Method, accountConnector int32) methodOut {
	return methodWith(m, func(l *catalog.Lookup, entity int32) []triggerOut { return triggersWire(l, accountConnector, entity) })
}

func methodWith(m catalog.Method, triggers func(*catalog.Lookup, int32) []triggerOut) methodOut {
	fields := func(list []catalog.Field) []fieldOut {
		return translate(list, func(f catalog.Field) fieldOut {
			return fieldOut{Location: f.Location, Id: f.ID, Name: f.Name, Description: f.Description, IsOptional: f.Optional, DataType: string(f.DataType),
				TriggerName: f.LookupName, Values: wire.List(f.Values), DisplayOrder: f.DisplayOrder, Triggers: triggers(f.Lookup, f.ID)}
		})
	}
	return methodOut{
		Id: m.ID, Name: m.Name, Description: m.Description, Category: textPtr(m.Category), MethodType: m.Type, EndPoint: m.EndPoint,
		MethodUniqueIdentifier: string(m.UID), Warning: m.Warning, CreateWebhookMethod: numberPtr(m.CreateWebhook), DeleteWebhookMethod: numberPtr(m.DeleteWebhook), RequestFields: fields(m.RequestFields), ResponseFields: fields(m.ResponseFields),
		Parameters: translate(m.Parameters, func(p catalog.Parameter) parameterOut {
			return parameterOut{TargetType: p.TargetType, TargetName: p.TargetName, IsSensitive: p.Sensitive, Id: p.ID, Name: p.Name, Description: p.Description,
				IsOptional: p.Optional, DataType: string(p.DataType), TriggerName: p.LookupName, Values: wire.List(p.Values), DisplayOrder: p.DisplayOrder,
				Triggers: triggers(p.Lookup, p.ID)}
		}),
	}
}

// numberPtr is nil for 0.
func numberPtr(n int32) *int32 {
	if n == 0 {
		return nil
	}
	return &n
}

func accountConnectorWire(ac catalog.AccountConnector) accountConnectorOut {
	out := accountConnectorOut{
		Id: ac.ID, Name: ac.Name, Description: ac.Description, AuthValue: ac.AuthValue, AuthHint: ac.AuthHint, Authenticated: ac.Authenticated,
		IsPartnerIntegrationConnector: ac.Native, CustomFields: translate(ac.Fields, customFieldWire), AuthenticationId: textPtr(string(ac.AuthenticationID)),
		ParentAccountId: textPtr(ac.ParentAccountID), CycleCount: ac.Cycles, SignedInOnUtc: when(ac.SignedInAt),
		Properties: translate(ac.Properties, func(p paceline.Property) propertyOut { return propertyWire(p, ac.ID) }),
	}
	if ac.Release != nil {
		out.Connector = connectorWire(catalog.ConnectorOf(ac.Release))
		out.Connector.Triggers = translate(catalog.ConnectorOf(ac.Release).Lookups, func(l catalog.Lookup) triggerOut { return triggerWire(l, ac.ID, 0) })
	} else { // its release is no longer published: the name is all that is known
		out.Connector = connectorWire(catalog.Connector{Name: ac.Name, Release: ac.AccountConnector.Release.Version})
	}
	return out
}

func propertyWire(p paceline.Property, accountConnector int32) propertyOut {
	return propertyOut{Name: p.Name, Value: p.Value, Id: p.ID, AccountConnectorId: accountConnector, Hint: p.Hint}
}

// triggerWire shows a lookup with those that its method's parameters need. entity is the parameter or field that has it.
func triggerWire(l catalog.Lookup, accountConnector, entity int32) triggerOut {
	return triggerOut{
		TriggerId: l.ID, AccountConnectorId: accountConnector, MethodId: l.MethodID, Name: l.Name, HumanReadableKey: l.Label, IdentifierKey: l.Value,
		EntityId:    entity,
		SubTriggers: translate(l.Sub, func(sub catalog.Lookup) triggerOut { return triggerWire(sub, accountConnector, sub.Entity) }),
	}
}
