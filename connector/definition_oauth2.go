package connector

// OAuth2Rules are the keys of auth of type oauth2.
type OAuth2Rules struct {
	Preset          string       `json:"preset"`       // a vendor whose sign-in many products share: it fills the keys that are missing, where there is no tokenUrl, and its connectors have one app
	Grant           string       `json:"grant"`        // authorization_code, client_credentials, password, jwt_bearer, token_exchange
	PKCE            string       `json:"pkce"`         // S256 without one, plain, or none
	ClientID        string       `json:"clientId"`     // (template of properties); the property ClientId or the partner's app without one
	ClientSecret    string       `json:"clientSecret"` // (template of properties)
	AuthorizeURL    string       `json:"authorizeUrl"` // (template of properties)
	TokenURL        string       `json:"tokenUrl"`     // (template of properties)
	RevokeURL       string       `json:"revokeUrl"`    // (template of properties and app.id); without one nothing is revoked
	Issuer          string       `json:"issuer"`       // (template of properties) that a redirect must name if it names any
	ClientAuth      string       `json:"clientAuth"`   // basic without one, body, secret (which is the user of basic, without a password), private_key_jwt, mtls, none
	Scopes          *ScopesDef   `json:"scopes"`
	AuthorizeParams Pairs        `json:"authorizeParams"` // (template of properties)
	TokenParams     Pairs        `json:"tokenParams"`     // (template of properties)
	RevokeParams    Pairs        `json:"revokeParams"`    // (template of properties), of a vendor who wants these and the client id in place of the token
	Revoke          *RevokeDef   `json:"revoke"`          // of a vendor whose revokeUrl is not as RFC 7009 says
	Refresh         *RefreshDef  `json:"refresh"`
	Capture         []CaptureDef `json:"capture"`
	Assertion       *JWTDef      `json:"assertion"`   // of private_key_jwt and jwt_bearer; the secret of the app is the key
	Token           *TokenDef    `json:"token"`       // where the token's answer has what elsewhere than RFC 6749 says
	TokenFormat     string       `json:"tokenFormat"` // of requests for tokens: form without one, json, or none: the assertion of jwt_bearer is the bearer, and there is no body
}

// RevokeDef says how a vendor is told that a token is not needed any more.
type RevokeDef struct {
	Method     string `json:"method"`     // POST without one, or DELETE, which may find that nothing is left
	Format     string `json:"format"`     // form without one, or json
	ClientAuth string `json:"clientAuth"` // that of requests for tokens without one
	Token      string `json:"token"`      // the name under which the access token is sent, in place of token with its hint
}

// TokenDef says where the answer of a token address has the token.
type TokenDef struct {
	AccessToken  string `json:"accessToken"`  // (location)
	RefreshToken string `json:"refreshToken"` // (location)
	ExpiresIn    string `json:"expiresIn"`    // (location), seconds
}

// ScopesDef says what is asked for.
type ScopesDef struct {
	Default   []string `json:"default"`
	Separator string   `json:"separator"` // a space without one
	Property  string   `json:"property"`  // a property whose value, if there is one, is asked for instead
	// UserEditable says that people may ask for other scopes: the property is Scope without one, and is declared if nobody has.
	UserEditable bool `json:"userEditable"`
}

// RefreshDef says when an access token is renewed.
type RefreshDef struct {
	Rotate *bool  `json:"rotate"` // false: an answer's refresh token is ignored, the first one stays
	Skew   string `json:"skew"`   // how long before it expires, 60s without one
	// Lifetime is how long an access token is used of which the vendor does not say when it ends.
	Lifetime string `json:"lifetime"`
	// RefreshLifetime is how long a refresh token is good of which the vendor does not say when it ends: a day before,
	// people are told to sign in anew.
	RefreshLifetime string      `json:"refreshLifetime"`
	On              []RefreshOn `json:"on"` // answers that say that it is no longer valid; status 401 without one
}

// RefreshOn is one kind of answer.
type RefreshOn struct {
	Status StatusRange `json:"status"`
	When   string      `json:"when"` // (CEL)
}

// CaptureDef keeps a value that the vendor gives while a person consents as a property of the account connector.
type CaptureDef struct {
	From string `json:"from"` // token, id_token, or redirect: a parameter of the address to which the vendor sends the person back
	Path string `json:"path"` // (location) in the answer or the claims; the name of the parameter
	Into string `json:"into"` // a property of scope account
}
