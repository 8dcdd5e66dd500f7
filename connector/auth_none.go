package connector

// Type none sends no credential.
var _ = registerAuth("none", authType{
	wire: "None",
	read: func(*Auth, string) (map[string]string, error) { return nil, nil },
})
