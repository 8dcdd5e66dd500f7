package connector

import (
	"crypto/tls"
	"fmt"
)

// Type mtls presents a client certificate. AuthValue is a JSON object with the declared fields, of which two
// are Certificate (a PEM with its chain) and PrivateKey.
var _ = registerAuth("mtls", authType{
	wire:   "AuthFields",
	fields: []AuthField{{Name: "Certificate", Label: "Certificate", Secret: new(bool)}, {Name: "PrivateKey", Label: "Private key"}},
	read: func(a *Auth, value string) (map[string]string, error) {
		values, err := readFields(a, value)
		if err != nil {
			return nil, err
		}
		if _, err := certificateOf(values); err != nil {
			return nil, err
		}
		return values, nil
	},
})

// certificateOf reads the pair; the error never holds the key.
func certificateOf(values map[string]string) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(pemText(values["Certificate"]), pemText(values["PrivateKey"]))
	if err != nil {
		return nil, fmt.Errorf("the certificate and the private key are not a pair of PEM texts")
	}
	return &pair, nil
}
