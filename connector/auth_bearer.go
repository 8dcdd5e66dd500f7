package connector

// Type bearer sends a token behind the word Bearer. The API knows it as ApiKey, since there a bearer token
// is an API key with a prefix. AuthValue is the token itself.
var _ = registerAuth("bearer", authType{
	wire:   "ApiKey",
	fields: []AuthField{{Name: "Token", Label: "Token"}},
	apply:  Applies{{In: "header", Name: "Authorization", Value: "Bearer {{auth.Token}}"}},
	read:   readFields,
})
