package paceline

// ReleaseKey names one immutable release of a connector definition.
type ReleaseKey struct {
	UID     ID     // metadata.uid, the connector's identity over all releases
	Version string // metadata.version, the release
	Hash    string `json:",omitempty"` // SHA-256 of the published document, hex
}

// ReleaseStatus is where a release of a connector or a template stands. At most one is live.
type ReleaseStatus string

// The states of a release.
const (
	ReleaseDraft      ReleaseStatus = "Draft"
	ReleaseLive       ReleaseStatus = "Live"
	ReleaseDeprecated ReleaseStatus = "Deprecated"
)

// DataType is the type of a parameter or field on the wire.
type DataType string

// The data types of parameters and fields.
const (
	TypeUndefined DataType = "Undefined"
	TypeText      DataType = "Text"
	TypeInteger   DataType = "Integer"
	TypeFloat     DataType = "Float"
	TypeDecimal   DataType = "Decimal"
	TypeBoolean   DataType = "Boolean"
	TypeDateTime  DataType = "DateTime"
	TypeFile      DataType = "File"
)

// Repeat says what repeating a method's call may do (decision D-27).
type Repeat string

// The classes of repetition.
const (
	RepeatSafe   Repeat = "safe"   // repeating changes nothing more
	RepeatKeyed  Repeat = "keyed"  // the remote recognises the idempotency key
	RepeatUnsafe Repeat = "unsafe" // never repeated: a lost answer is an unknown outcome
	// RepeatAtLeastOnce is the class of an undeclared POST or PATCH: never sent again within one try
	// once a byte has left, but run again after a crash and by the Retry policy.
	RepeatAtLeastOnce Repeat = "at_least_once"
)

// AccountConnector is one connector installed in an account, with its own name, credentials and properties.
type AccountConnector struct {
	ID          int32
	Partner     int64
	Account     int64
	AccountID   string // API id of the owning account
	Name        string
	Description *string
	Release     ReleaseKey
	// Authentication is the id of the chosen entry of the definition's auth list.
	Authentication string
	Authenticated  bool
	// SignedInAt is when a person or program last gave the credential; what renews itself does not change it.
	SignedInAt Micros
	Native     bool
	AuthSealed []byte // credentials, sealed; never leaves the server
	HintSealed []byte // the end of AuthSealed's value, sealed, where people may see it
	SealID     ID     // what its sealed values are bound to; never shown
	Properties []Property
	Fields     []CustomField
	CreatedAt  Micros
	Version    int64 // grows with each change; caches compare it
}

// Property is a named value of an account connector. A secret one is stored sealed and never read back.
type Property struct {
	ID     int32
	Name   string
	Value  *string
	Secret bool
	Sealed []byte
	Hint   string // the end of a secret value, where it may be shown
	// HintSealed is Hint as it is stored.
	HintSealed []byte
}

// CustomField is a field that an account connector adds to methods of its connector. Its id is the same as long as
// the account connector has a field at that place.
type CustomField struct {
	ID         int32
	Method     ID     // MethodUniqueIdentifier; ZeroID: every method
	Object     string // the vendor's name of the object that has it; "" for every object
	ForRequest bool   // sent, else received
	Location   string
	Discovered bool // found at the vendor or named in a list of fields, and removed when it is gone there
	Position   int
	CustomFieldDetail
}

// CustomFieldDetail is what a custom field says besides its place.
type CustomFieldDetail struct {
	SystemName  *string `json:",omitempty"`
	DisplayName string
	Description *string `json:",omitempty"`
	DataType    DataType
	Format      *string  `json:",omitempty"` // of the data type
	Required    bool     `json:",omitempty"`
	ReadOnly    bool     `json:",omitempty"` // never sent
	Hidden      bool     `json:",omitempty"`
	Default     *string  `json:",omitempty"`
	Values      []string `json:",omitempty"`
}
