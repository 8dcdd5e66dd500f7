package connector

// OAuth2Rules are the keys of auth of type oauth2.
type OAuth2Rules struct {
	Grant           string       `json:"grant"`        // authorization_code, client_credentials, password
	PKCE            string       `json:"pkce"`         // S256 without one, or none
	AuthorizeURL    string       `json:"authorizeUrl"` // (template of properties)
	TokenURL        string       `json:"tokenUrl"`     // (template of properties)
	RevokeURL       string       `json:"revokeUrl"`    // (template of properties); without one nothing is revoked
	Issuer          string       `json:"issuer"`       // (template of properties) that a redirect must name if it names any
	ClientAuth      string       `json:"clientAuth"`   // basic without one, body, none
	Scopes          *ScopesDef   `json:"scopes"`
	AuthorizeParams Pairs        `json:"authorizeParams"` // (template of properties)
	TokenParams     Pairs        `json:"tokenParams"`     // (template of properties)
	Refresh         *RefreshDef  `json:"refresh"`
	Capture         []CaptureDef `json:"capture"`
}

// ScopesDef says what is asked for.
type ScopesDef struct {
	Default   []string `json:"default"`
	Separator string   `json:"separator"` // a space without one
}

// RefreshDef says when an access token is renewed.
type RefreshDef struct {
	Rotate *bool       `json:"rotate"` // false: an answer's refresh token is ignored, the first one stays
	Skew   string      `json:"skew"`   // how long before it expires, 60s without one
	On     []RefreshOn `json:"on"`     // answers that say that it is no longer valid; status 401 without one
}

// RefreshOn is one kind of answer.
type RefreshOn struct {
	Status StatusRange `json:"status"`
	When   string      `json:"when"` // (CEL)
}

// CaptureDef keeps a value of the token's answer as a property of the account connector.
type CaptureDef struct {
	From string `json:"from"` // token
	Path string `json:"path"` // (location) in the answer
	Into string `json:"into"` // a property of scope account
}
