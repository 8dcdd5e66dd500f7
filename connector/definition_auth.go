package connector

// AuthRules are the keys of auth that single types use.
type AuthRules struct {
	Signature string   `json:"signature"` // oauth1: how the request is signed
	Realm     string   `json:"realm"`     // oauth1 (template)
	Service   string   `json:"service"`   // sigv4 (template)
	Region    string   `json:"region"`    // sigv4 (template)
	Sign      *SignDef `json:"sign"`      // hmac
	JWT       *JWTDef  `json:"jwt"`       // jwt

	Consent *ConsentDef `json:"consent"` // oauth1

	Session *SessionDef `json:"session"` // session

	Parts []Auth `json:"parts"` // chain: entries whose credentials are sent together

	Certificate *CertificateDef `json:"certificate"` // of any type but mtls, whose own it would be
}

// CertificateDef is a client certificate that is presented besides the credential, at the API and at the token address.
type CertificateDef struct {
	Certificate string `json:"certificate"` // (template of properties), a PEM with its chain
	PrivateKey  string `json:"privateKey"`  // (template of properties), a PEM
}

// SessionDef says how a session is opened.
type SessionDef struct {
	Login    string `json:"login"`    // id of the method
	Capture  Pairs  `json:"capture"`  // names and locations in its answer
	Lifetime string `json:"lifetime"` // an hour without one
}

// SignDef says what of a request is signed, and how.
type SignDef struct {
	Alg      string `json:"alg"`
	Encoding string `json:"encoding"`
	Secret   string `json:"secret"`  // (template); {{auth.Secret}} without one
	Payload  string `json:"payload"` // (template of request, auth and properties)
}

// JWTDef says what is in the token that the program makes itself.
type JWTDef struct {
	Alg         string `json:"alg"`
	KeyEncoding string `json:"keyEncoding"` // of HS256: how the secret is written
	Lifetime    string `json:"lifetime"`
	Header      Pairs  `json:"header"` // (template)
	Claims      Pairs  `json:"claims"` // (template); iat and exp are added
}
