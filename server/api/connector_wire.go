package api

// connectorOut is the Connector object of the API.
type connectorOut struct {
	Id                int32  `doc:"Stays the same in every release."`
	Name              string `example:"GitHub"`
	Description       *string
	Status            string  `example:"Approved"`
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
	Release           string `doc:"Extension: our release number."`
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
	MethodType             string `enum:"Action,Webhook,Script"`
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
	Authenticated                 bool
	Connector                     connectorOut
	IsPartnerIntegrationConnector bool
	Properties                    []propertyOut
	CustomFields                  []any
	AuthenticationId              *string
	ParentAccountId               *string `doc:"Extension: API id of the parent account that the connector belongs to; null for the account's own."`
}

type propertyOut struct {
	Name               string
	Value              *string `doc:"null where the property is secret."`
	Id                 int32
	AccountConnectorId int32
}
