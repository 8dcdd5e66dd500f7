package connector

import "fmt"

// Type fields sends values that a person typed wherever the definition says, mostly in the body. AuthValue is the value of
// the one field, or a JSON object with a text for each.
var _ = registerAuth("fields", authType{
	wire: "AuthFields",
	read: readFields,
	compile: func(b *builder, a *Auth, at string) signer {
		if len(a.Fields) == 0 || len(a.Apply) == 0 {
			b.add(at, fmt.Sprintf("auth %s of type fields says not what is typed, or not where it goes", a.ID), "Example: fields: [{name: ApiKey}], apply: {in: body, name: key, value: \"{{auth.ApiKey}}\"}")
		}
		return nil
	},
})
