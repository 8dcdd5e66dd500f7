package connector

import "fmt"

// Type db signs in to a database with a user name and a password, and to the SSH server of a tunnel, where there is one,
// with those that begin with Ssh. Type ssh signs in to an SSH server with a password, a private key, or both. AuthValue is
// a JSON object with the fields. Nothing of them stands in the request: whoever opens the connection takes them.
var (
	_ = registerAuth("db", authType{
		wire: "AuthFields",
		fields: []AuthField{
			{Name: "Username", Label: "User name", Secret: new(bool)}, {Name: "Password", Label: "Password", optional: true},
			{Name: "SshUsername", Label: "SSH user name", Secret: new(bool), optional: true}, {Name: "SshPassword", Label: "SSH password", optional: true},
			{Name: "SshPrivateKey", Label: "SSH private key", optional: true, multiline: true}, {Name: "SshPassphrase", Label: "SSH passphrase", optional: true},
		},
		read: func(a *Auth, value string) (map[string]string, error) {
			return readKeys(a, value, "SshPrivateKey")
		},
	})
	_ = registerAuth("ssh", authType{
		wire: "AuthFields",
		fields: []AuthField{
			{Name: "Username", Label: "User name", Secret: new(bool)}, {Name: "Password", Label: "Password", optional: true},
			{Name: "PrivateKey", Label: "Private key", optional: true, multiline: true}, {Name: "Passphrase", Label: "Passphrase", optional: true},
		},
		read: func(a *Auth, value string) (map[string]string, error) {
			values, err := readKeys(a, value, "PrivateKey")
			if err == nil && values["Password"] == "" && values["PrivateKey"] == "" {
				err = fmt.Errorf("a password or a private key is needed")
			}
			return values, err
		},
	})
)

// readKeys reads the fields, and gives the private key among them its line breaks back.
func readKeys(a *Auth, value, key string) (map[string]string, error) {
	values, err := readFields(a, value)
	if err == nil && values[key] != "" {
		values[key] = string(pemText(values[key]))
	}
	return values, err
}
