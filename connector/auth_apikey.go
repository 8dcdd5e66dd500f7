package connector

// Type api_key sends a key that a person typed, by default in the Authorization header. AuthValue is the
// key itself; with several fields it is a JSON object.
var _ = registerAuth("api_key", authType{
	wire:   "ApiKey",
	fields: []AuthField{{Name: "ApiKey", Label: "API key"}},
	apply:  Applies{{In: "header", Name: "Authorization", Value: "{{auth.ApiKey}}"}},
	read:   readFields,
})
