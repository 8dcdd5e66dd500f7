package connector

import (
	"crypto/tls"
	"fmt"
)

// Type mtls presents a client certificate. AuthValue is a JSON object with the declared fields, of which two
// are Certificate (a PEM with its chain) and PrivateKey.
var _ = registerAuth("mtls", authType{
	wire:   "AuthFields",
	fields: []AuthField{{Name: "Certificate", Label: "Certificate", Secret: new(bool), multiline: true}, {Name: "PrivateKey", Label: "Private key", multiline: true}},
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

// compiledCertificate is a client certificate beside another type.
type compiledCertificate struct{ certificate, key *template }

// certificate compiles the key certificate; nil without one.
func (b *builder) certificate(a *Auth, at string) *compiledCertificate {
	c := a.Certificate
	if c == nil {
		if a.ClientAuth == "mtls" {
			b.add(pointer(at, "clientAuth"), "there is no certificate to sign in with", `Add certificate: {certificate: "{{Certificate}}", privateKey: "{{PrivateKey}}"}, with properties of these names.`)
		}
		return nil
	}
	here := pointer(at, "certificate")
	if a.Type == "mtls" || a.Type == "none" {
		b.add(here, fmt.Sprintf("auth of type %s has a certificate besides it", a.Type), "Use type mtls alone, where people give the pair, or another type with the key certificate.")
	}
	known := &scopeNames{properties: b.def.Properties}
	out := &compiledCertificate{
		certificate: b.template(pointer(here, "certificate"), c.Certificate, known, plainEscape),
		key:         b.template(pointer(here, "privateKey"), c.PrivateKey, known, plainEscape),
	}
	if out.key != nil && !out.key.secrets {
		b.add(pointer(here, "privateKey"), "the private key is no secret", "Set secret: true at the property that it is made of.")
	}
	return out
}

// pair renders the certificate of an account connector; the error never holds the key.
func (c *compiledCertificate) pair(p *prepared) (*tls.Certificate, error) {
	values := map[string]string{}
	for name, t := range map[string]*template{"Certificate": c.certificate, "PrivateKey": c.key} {
		text, missing, err := t.text(p)
		if missing || err != nil || text == "" {
			return nil, fmt.Errorf("the client certificate is not set: a property that it is made of is missing")
		}
		values[name] = text
	}
	return certificateOf(values)
}
