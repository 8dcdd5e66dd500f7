package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"paceline"
)

// FormatVersion is the apiVersion of the documents that this program reads.
const FormatVersion = "connectors/v1"

// Definition is a connector's document as it was read. Parse makes one; it never changes afterwards.
// Strings marked (template) hold {{value | filter}}, those marked (CEL) a predicate, and those marked
// (location) a path into a document.
type Definition struct {
	APIVersion   string        `json:"apiVersion"`
	Kind         string        `json:"kind"`
	Transport    string        `json:"transport"` // http without one, sql, sftp, or utility: what the program does itself
	Metadata     Metadata      `json:"metadata"`
	AllowedHosts []string      `json:"allowedHosts"` // (template of properties)
	Properties   []Property    `json:"properties"`
	Server       Server        `json:"server"`
	Auth         []Auth        `json:"auth"`
	OnConnect    *OnConnectDef `json:"onConnect"`
	Limits       []LimitDef    `json:"limits"`
	Throttle     *ThrottleDef  `json:"throttle"`
	Retry        *RetryDef     `json:"retry"`
	Errors       []ErrorRule   `json:"errors"`
	Pagers       Pagers        `json:"pagers"`
	Lookups      Lookups       `json:"lookups"`
	Methods      []MethodDef   `json:"methods"`
	Triggers     []TriggerDef  `json:"triggers"`
	Script       *ScriptDef    `json:"script"`
	Tests        []TestDef     `json:"tests"`

	json      []byte
	hash      string
	compiled  *Compiled
	filesRead bool // scripts stood in files
}

// Metadata says what the connector is.
type Metadata struct {
	Key         string      `json:"key"` // never reused
	UID         paceline.ID `json:"uid"`
	Name        string      `json:"name"`
	Version     string      `json:"version"`    // of the release, "1.4.0"
	APIVersion  string      `json:"apiVersion"` // of the vendor's API, "v3"
	Description string      `json:"description"`
	Categories  []string    `json:"categories"`
	Icon        string      `json:"icon"` // a file in the connector's folder
	Origin      Origin      `json:"origin"`
	Status      string      `json:"status"`  // what lists of connectors say of it: approved (the default), beta, planned
	Quality     string      `json:"quality"` // how far somebody answers for it: generated, reviewed, tested, certified
}

// Origin says where a definition comes from and under which licence.
type Origin struct {
	Source  string `json:"source"`
	License string `json:"license"`
}

// Property is a value of the whole connector: typed at install, or fixed by the definition.
type Property struct {
	Name        string            `json:"name"`
	Label       string            `json:"label"`
	Description string            `json:"description"`
	Scope       PropertyScope     `json:"scope"`
	Type        paceline.DataType `json:"type"`
	Required    bool              `json:"required"`
	Secret      bool              `json:"secret"` // stored sealed, never read back
	Hidden      bool              `json:"hidden"`
	Multiline   bool              `json:"multiline"` // people type it over several lines, such as a PEM
	Source      string            `json:"source"`    // user without one; auth or method: a credential or a method fills it, and nobody is asked
	Values      []Choice          `json:"values"`
	Default     *Scalar           `json:"default"` // (template of earlier properties)
	// Fallback says of scope partner that an account may have its own value: account.
	Fallback string `json:"fallback"`
	// Fields says that people type a list of fields, which the account connector adds to these methods.
	Fields []ListedFields `json:"fields"`
}

// ListedFields is a method that has the fields of a property's list.
type ListedFields struct {
	Method   string `json:"method"`
	Request  string `json:"request"`  // location of the object that they are sent in
	Response string `json:"response"` // location of the object that they are received in
}

// PropertyScope is who sets a property.
type PropertyScope string

// The scopes of a property.
const (
	ScopeConnector PropertyScope = "connector" // the definition's default
	ScopeAccount   PropertyScope = "account"   // asked at install
	ScopePartner   PropertyScope = "partner"   // set once for all accounts
	ScopeStep      PropertyScope = "step"      // a parameter of each method, so that each step gives its own
)

// OfAccount reports whether an account may set the property.
func (p Property) OfAccount() bool { return p.Scope == ScopeAccount || p.Fallback == "account" }

// Server says where the methods are called and what every call has in common.
type Server struct {
	Kind        string `json:"kind"`    // http, also without one
	BaseURL     string `json:"baseUrl"` // (template of properties)
	Headers     Pairs  `json:"headers"` // (template)
	Query       Pairs  `json:"query"`   // (template)
	Timeout     string `json:"timeout"`
	MaxResponse string `json:"maxResponse"`
	// What transport sql or sftp needs besides the address.
	TLS         *TLSDef    `json:"tls"`         // of transport sql
	Tunnel      *TunnelDef `json:"tunnel"`      // of transport sql
	HostKey     string     `json:"hostKey"`     // (template of properties) of transport sftp: SHA256 fingerprints of the server's key
	ReadOnly    string     `json:"readOnly"`    // (template of properties) of transport sql: true has the database refuse every change
	Connections int        `json:"connections"` // open at the same time for one account connector, 4 without one
	MaxRows     int        `json:"maxRows"`     // of one answer of transport sql, 100000 without one
}

// Auth is one way to authenticate; an account connector uses one of the list.
type Auth struct {
	ID          string      `json:"id"`
	Type        string      `json:"type"`
	Label       string      `json:"label"`
	Description string      `json:"description"`
	Default     bool        `json:"default"`
	Fields      []AuthField `json:"fields"`
	Apply       Applies     `json:"apply"`
	AuthRules
	OAuth2Rules
}

// AuthField is one value that the person who authenticates types.
type AuthField struct {
	Name   string `json:"name"`
	Label  string `json:"label"`
	Secret *bool  `json:"secret"` // true unless it says false

	optional, multiline bool
}

// Apply puts a value of the credential into each request.
type Apply struct {
	In    string `json:"in"`    // header, query, body, cookie
	Name  string `json:"name"`  // of the header or parameter; the location in a body
	Value string `json:"value"` // (template of auth and properties)
}

// ErrorRule says what an answer means. The first rule that matches wins, those of the method first.
type ErrorRule struct {
	Status  []StatusRange `json:"status"`  // empty: every status
	Methods []string      `json:"methods"` // empty: every method
	When    string        `json:"when"`    // (CEL)
	As      string        `json:"as"`
	Message string        `json:"message"` // (template)
}

// Lookup is a drop-down source: a method whose rows give values and labels.
type Lookup struct {
	Name   string `json:"-"`
	Method string `json:"method"`
	Value  string `json:"value"` // (location)
	Label  string `json:"label"` // (location)
	// Params are values that the lookup's method takes from what uses the lookup: by parameter of the method, the name
	// of a parameter or field. Parameters of the same name need not be told.
	Params map[string]string `json:"params"`
	Search string            `json:"search"` // parameter of the method that takes what is searched for
	Cache  string            `json:"cache"`  // how long choices are kept
	// Instead names lookups that take this one's place, by the id of the authentication that the account connector has.
	Instead map[string]string `json:"instead"`
}

// AgentDef says that a method is listed as a tool for agents, who call it on demand.
type AgentDef struct {
	Expose      bool   `json:"expose"`
	ReadOnly    bool   `json:"readOnly"`    // it changes nothing at the vendor
	Description string `json:"description"` // when to use it; that of the method without one
}

// MethodDef is one call of the product's API.
type MethodDef struct {
	ID          string          `json:"id"`
	UID         paceline.ID     `json:"uid"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Warning     string          `json:"warning"`
	Category    string          `json:"category"`
	Kind        string          `json:"kind"`  // action without one, script, or reply: what the sender of a webhook gets who waits
	Reply       *ReplyDef       `json:"reply"` // of kind reply
	Hidden      bool            `json:"hidden"`
	Tags        []string        `json:"tags"`   // for limits
	Scopes      []string        `json:"scopes"` // that a person is asked for besides those of auth where the method is used
	Repeat      paceline.Repeat `json:"repeat"`
	Params      []ParamDef      `json:"params"`
	Request     RequestDef      `json:"request"`
	Response    ResponseDef     `json:"response"`
	Paging      *Paging         `json:"paging"`
	Script      *ScriptDef      `json:"script"`
	Errors      []ErrorRule     `json:"errors"`
	// Object says that the method is about one of many objects of the vendor, which a step may choose.
	Object       *ObjectDef       `json:"object"`
	CustomFields *CustomFieldsDef `json:"customFields"`
	Agent        *AgentDef        `json:"agent"`
	FieldSource  bool             `json:"fieldSource"` // its rows describe fields, by response.fieldMap
	Cursor       *CursorDef       `json:"cursor"`
	Job          *JobDef          `json:"job"`
	Exits        *ExitsDef        `json:"exits"` // steps of the method leave by a true or a false exit
}

// ExitsDef says by which exit a step leaves: the true one when the predicate holds, else the false one.
type ExitsDef struct {
	True string `json:"true"` // (CEL) of body and rows
}

// ParamDef is an input outside the fields of the body.
type ParamDef struct {
	Name        string            `json:"name"`
	In          string            `json:"in"`     // path, query, queries, header, headers, body, template, cookie, credential, statement
	Target      string            `json:"target"` // name on the wire; Name without one
	Label       string            `json:"label"`
	Description string            `json:"description"`
	Type        paceline.DataType `json:"type"`
	Required    bool              `json:"required"`
	Hidden      bool              `json:"hidden"`
	Values      []Choice          `json:"values"`
	Default     *Scalar           `json:"default"` // (template)
	With        string            `json:"with"`    // (location) in the body: the default is for calls that send something there
	Lookup      string            `json:"lookup"`
	Group       string            `json:"group"`  // of parameters that repeat together
	Repeat      bool              `json:"repeat"` // true with a group
	Secret      bool              `json:"secret"` // its values are masked in what is logged of a call

	step bool // stands for a property of scope step
}

// Wire returns the parameter's name in the request.
func (p ParamDef) Wire() string {
	if p.Target != "" {
		return p.Target
	}
	return p.Name
}

// FieldDef is one value of a request's or response's body.
type FieldDef struct {
	Loc         string            `json:"loc"` // (location)
	Key         bool              `json:"key"` // of a response: it tells rows apart where cursor.dedupe names no key
	Name        string            `json:"name"`
	Label       string            `json:"label"`
	Description string            `json:"description"`
	Type        paceline.DataType `json:"type"`
	Format      string            `json:"format"`
	Required    bool              `json:"required"`
	Hidden      bool              `json:"hidden"`
	Values      []Choice          `json:"values"`
	Default     *Scalar           `json:"default"` // (template); of request fields only
	Lookup      string            `json:"lookup"`
	Secret      bool              `json:"secret"` // of request fields only: the values are masked in what is logged of a call
}

// Title returns what people call the field: its label, else its name, else its location.
func (f FieldDef) Title() string { return firstOf(f.Label, f.Name, f.Loc) }

// Title returns what people call the parameter.
func (p ParamDef) Title() string { return firstOf(p.Label, p.Name) }

// RequestDef says how a method's request is built.
type RequestDef struct {
	Method      string       `json:"method"`
	Operation   string       `json:"operation"` // of transports sql and sftp, in place of method
	Statement   string       `json:"statement"` // of operation statement: SQL with values by name, as in :id
	Table       string       `json:"table"`     // (template) of the operations on rows; of operation call the procedure or function
	Key         string       `json:"key"`       // (template) of operation upsert: the columns that tell rows apart, with commas between
	ReadOnly    bool         `json:"readOnly"`  // of transport sql: the database refuses every change that the method would make
	Path        string       `json:"path"`      // (template), behind server.baseUrl
	URL         string       `json:"url"`       // (template), instead of path
	Query       Pairs        `json:"query"`     // (template)
	Headers     Pairs        `json:"headers"`   // (template)
	Format      string       `json:"format"`
	Template    string       `json:"template"` // (template), the body of format text
	Root        string       `json:"root"`     // of format xml: the element around the fields
	Document    string       `json:"document"` // of format graphql: the query or mutation
	SOAP        *SOAPDef     `json:"soap"`     // of format soap
	CSV         *CSVDef      `json:"csv"`
	Lists       string       `json:"lists"` // of format form: how lists of single values are written, repeated without one
	Fields      []FieldDef   `json:"fields"`
	Batch       *BatchDef    `json:"batch"`
	Idempotency *Idempotency `json:"idempotency"`
}

// CSVDef says how text in columns is written.
type CSVDef struct {
	Delimiter string `json:"delimiter"` // one character; a comma without one
	Header    *bool  `json:"header"`    // whether the first line has the names; true without one
	People    bool   `json:"people"`    // of requests: for people who open it, so that no cell is a formula
}

// BatchDef cuts a long list of the request into several requests.
type BatchDef struct {
	Rows string `json:"rows"` // (location) of the list
	Size int    `json:"size"`
}

// Idempotency names the header by which the remote recognises a repeated request.
type Idempotency struct {
	Header string `json:"header"`
	Value  string `json:"value"` // (template); "{{step.itemKey}}" without one
}

// ResponseDef says how a method's response is read.
type ResponseDef struct {
	Format string     `json:"format"`
	Rows   string     `json:"rows"`   // (location) of the list whose items are rows
	Filter string     `json:"filter"` // (CEL) of row and cursor: which rows are kept; all without one
	CSV    *CSVDef    `json:"csv"`
	Fields []FieldDef `json:"fields"`
	// RowErrors says which items of the request the remote refused.
	RowErrors *RowErrorsDef `json:"rowErrors"`
	FieldMap  *FieldMapDef  `json:"fieldMap"` // of a field source
}

// RowErrorsDef finds refused items in an answer that is a success as a whole.
type RowErrorsDef struct {
	Path    string `json:"path"`    // (location) of a list
	When    string `json:"when"`    // (CEL) of row: which entries of the list are errors; all without one
	Index   string `json:"index"`   // (location) in the entry; its place in the list without one
	Message string `json:"message"` // (location) in the entry
}

// TriggerDef is one way in which events arrive.
type TriggerDef struct {
	ID          string      `json:"id"`
	UID         paceline.ID `json:"uid"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Category    string      `json:"category"`
	Hidden      bool        `json:"hidden"`
	Type        string      `json:"type"`   // webhook or poll
	Method      string      `json:"method"` // of type poll
	Every       string      `json:"every"`  // of type poll: how often a cycle calls the method whose owner does not say; an hour without one
	Verify      VerifyDef   `json:"verify"`
	EventID     Places      `json:"eventId"` // one place, or several that are the id together
	Challenge   Challenges  `json:"challenge"`
	Ack         *Reply      `json:"ack"`
	Filter      string      `json:"filter"` // (CEL)
	Payload     PayloadDef  `json:"payload"`

	Subscription *SubscriptionDef `json:"subscription"`
	Route        *RouteDef        `json:"route"`
	Enrich       *EnrichDef       `json:"enrich"`
	Scopes       []string         `json:"scopes"` // that a person is asked for where the trigger is used, besides those of its methods
	Script       *ScriptDef       `json:"script"`
}

// VerifyDef says how a delivery proves who sent it.
type VerifyDef struct {
	Type      string     `json:"type"`
	Secret    string     `json:"secret"` // (template); "{{webhook.secret}}" without one
	Alg       string     `json:"alg"`
	Header    string     `json:"header"`
	Query     string     `json:"query"` // token: parameter instead of a header
	Body      string     `json:"body"`  // token: location in the body instead of a header
	Prefix    string     `json:"prefix"`
	Encoding  string     `json:"encoding"`
	Payload   string     `json:"payload"` // (template); "{{rawBody}}" without one
	Timestamp *Timestamp `json:"timestamp"`
	Pairs     *PairsDef  `json:"pairs"`

	SecretEncoding string `json:"secretEncoding"` // how the secret is written: text, hex, base64
	BodyClaim      string `json:"bodyClaim"`      // of jwt: the claim (location) with the hash of the body
	MaxAge         string `json:"maxAge"`         // of jwt, for vendors whose tokens do not say when they end: how long after its iat one is good

	Sender *SenderDef `json:"sender"` // of any type but none: the vendor's account that a delivery must be of, besides
}

// SenderDef says where a delivery names the vendor's account that has sent it.
type SenderDef struct {
	Path     string `json:"path"`     // (location) in the body
	Property string `json:"property"` // of scope account, with the account's id; without a value any account will do
}

// PairsDef says that the header of a signature holds pairs such as t=1,v1=abc.
type PairsDef struct {
	Signature string `json:"signature"` // name of the signatures
	Timestamp string `json:"timestamp"` // name of the time of sending
	Tolerance string `json:"tolerance"`
	Separator string `json:"separator"` // a comma without one
}

// Timestamp names the header with the time of sending, in seconds since 1970 or as RFC 3339 text.
type Timestamp struct {
	Header    string `json:"header"`
	Tolerance string `json:"tolerance"`
}

// Place is where a value stands in a delivery.
type Place struct {
	In   string `json:"in"`   // header, query, body
	Name string `json:"name"` // of the header or parameter
	Path string `json:"path"` // (location) in the body
}

// PayloadDef says how a delivery's body is read.
type PayloadDef struct {
	Format string     `json:"format"`
	Rows   string     `json:"rows"` // (location)
	Fields []FieldDef `json:"fields"`
	Sealed *SealedDef `json:"sealed"`
}

// TestDef names a fixture that the golden runner plays.
type TestDef struct {
	Method     string `json:"method"`
	Trigger    string `json:"trigger"`
	Fixture    string `json:"fixture"`
	ExpectRows *int   `json:"expectRows"`
}

// IsUtility reports whether the connector stands for no product: its methods run in this process, or call whatever
// address a step names.
func (d *Definition) IsUtility() bool {
	return d.Transport == TransportUtility || d.Metadata.Origin.Source == "native" && slices.Contains(d.Metadata.Categories, "Utility")
}

// JSON returns the document as compact JSON with the keys in the order of the file. Parse reads it back
// to the same definition; it is what releases are stored as. Callers must not change it.
func (d *Definition) JSON() []byte { return d.json }

// FilesRead reports whether scripts were read from files beside the document, so that JSON is the whole of the definition
// and the document is not.
func (d *Definition) FilesRead() bool { return d.filesRead }

// Hash returns the SHA-256 of JSON, in hex. Comments and layout of the file don't change it.
func (d *Definition) Hash() string { return d.hash }

// Key returns the release that this document is.
func (d *Definition) Key() paceline.ReleaseKey {
	return paceline.ReleaseKey{UID: d.Metadata.UID, Version: d.Metadata.Version, Hash: d.hash}
}

// Pairs are names and values in the order of the file.
type Pairs []Pair

// Pair is one name with its value.
type Pair struct{ Name, Value string }

// UnmarshalJSON reads an object and keeps its order.
func (p *Pairs) UnmarshalJSON(b []byte) error {
	return eachMember(b, func(name string, d *json.Decoder) error {
		var s Scalar
		if err := d.Decode(&s); err != nil {
			return err
		}
		*p = append(*p, Pair{name, s.Text()})
		return nil
	})
}

// Lookup returns the lookup of a name, nil without one.
func (d *Definition) Lookup(name string) *Lookup {
	for i := range d.Lookups {
		if d.Lookups[i].Name == name {
			return &d.Lookups[i]
		}
	}
	return nil
}

// Lookups are the lookups in the order of the file.
type Lookups []Lookup

// UnmarshalJSON reads an object and keeps its order.
func (l *Lookups) UnmarshalJSON(b []byte) error {
	return eachMember(b, func(name string, d *json.Decoder) error {
		lookup := Lookup{Name: name}
		if err := d.Decode(&lookup); err != nil {
			return err
		}
		*l = append(*l, lookup)
		return nil
	})
}

// Applies is one Apply or a list.
type Applies []Apply

// UnmarshalJSON reads either form.
func (a *Applies) UnmarshalJSON(b []byte) error {
	list, err := oneOrMany[Apply](b)
	*a = list
	return err
}

// Scalar is a text, number or boolean of the file.
type Scalar struct{ raw json.RawMessage }

// UnmarshalJSON keeps the text as it stands.
func (s *Scalar) UnmarshalJSON(b []byte) error {
	s.raw = bytes.Clone(b)
	return nil
}

// Text returns a text without its quotes, and a number or boolean as written; "" for null.
func (s *Scalar) Text() string {
	if s == nil || len(s.raw) == 0 || string(s.raw) == "null" {
		return ""
	}
	if s.raw[0] != '"' {
		return string(s.raw)
	}
	var text string
	if json.Unmarshal(s.raw, &text) != nil {
		return ""
	}
	return text
}

// Choice is one allowed value.
type Choice struct {
	Value string
	Label string
}

// UnmarshalJSON reads a value alone or an object with value and label.
func (c *Choice) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		c.Value = (&Scalar{b}).Text()
		return nil
	}
	var both struct {
		Value Scalar `json:"value"`
		Label string `json:"label"`
	}
	if err := json.Unmarshal(b, &both); err != nil {
		return err
	}
	c.Value, c.Label = both.Value.Text(), both.Label
	return nil
}

// StatusRange is one HTTP status or a range: 404, "404" or "400-499".
type StatusRange struct{ From, To int }

// UnmarshalJSON reads a number or a text.
func (r *StatusRange) UnmarshalJSON(b []byte) error {
	text := (&Scalar{b}).Text()
	if n, err := fmt.Sscanf(text, "%d-%d", &r.From, &r.To); n == 2 && err == nil {
		return nil
	}
	if _, err := fmt.Sscanf(text, "%d", &r.From); err != nil {
		return fmt.Errorf("%q is not a status", text)
	}
	r.To = r.From
	return nil
}

func eachMember(b []byte, f func(name string, d *json.Decoder) error) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if err := f(fmt.Sprint(name), d); err != nil {
			return err
		}
	}
	return nil
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
