package connector_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"paceline/connector"
)

// signable is a definition and the same one as JSON.
const signable = `# a comment
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: [api.acme.example]
server: {baseUrl: "https://api.acme.example"}
methods: [{id: get, name: Get, request: {method: GET, path: /}}]
`

func TestSignatures(t *testing.T) {
	t.Parallel()
	key, signer, err := connector.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, _ := connector.NewSigningKey()
	def, problems := connector.Parse("a.yaml", []byte(signable))
	if connector.Failed(problems) {
		t.Fatal(problems)
	}
	icon := "data:image/png;base64,AAAA"
	good, err := def.Sign(&icon, key)
	if err != nil || good.Signer != signer {
		t.Fatal(good, err)
	}
	other := func(pairs ...string) *connector.Definition {
		d, _ := connector.Parse("b.json", []byte(strings.NewReplacer(pairs...).Replace(string(def.JSON()))))
		if d == nil {
			t.Fatal("no definition")
		}
		return d
	}
	for _, c := range []struct {
		name string
		def  *connector.Definition
		icon *string
		sig  connector.Signature
		ok   bool
	}{
		{"the definition", def, &icon, good, true},
		{"the same as JSON, without comments", other(), &icon, good, true},
		{"another name", other("Acme", "Acne"), &icon, good, false},
		{"another host", other("api.acme", "evil.acme"), &icon, good, false},
		{"another version", other("1.0.0", "1.0.1"), &icon, good, false},
		{"another identity", other("6f1d0a3e", "7f1d0a3e"), &icon, good, false},
		{"no icon", def, nil, good, false},
		{"another signer", def, &icon, connector.Signature{Signer: stranger, Signature: good.Signature}, false},
		{"a signer that is none", def, &icon, connector.Signature{Signer: "acme", Signature: good.Signature}, false},
		{"a signature that is cut", def, &icon, connector.Signature{Signer: signer, Signature: good.Signature[:40]}, false},
		{"no signature", def, &icon, connector.Signature{Signer: signer}, false},
	} {
		if err := c.def.CheckSignature(c.icon, c.sig); (err == nil) != c.ok || err != nil && !errors.Is(err, connector.ErrSignature) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, bad := range []string{"", "no pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := def.Sign(nil, []byte(bad)); err == nil {
			t.Errorf("%q signs", bad)
		}
	}
}

// FuzzSignatureFile reads signatures from outside; one that is read has a signer in its one spelling.
func FuzzSignatureFile(f *testing.F) {
	key, _, err := connector.NewSigningKey()
	if err != nil {
		f.Fatal(err)
	}
	def, _ := connector.Parse("a.yaml", []byte(signable))
	good, err := def.Sign(nil, key)
	if err != nil {
		f.Fatal(err)
	}
	text, _ := json.Marshal(good)
	for _, seed := range []string{string(text), `{}`, `null`, `{"signer": "ed25519:", "signature": "AA"}`, `{"signer": 1}`, "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := connector.ParseSignature(text)
		if err != nil {
			return
		}
		if again, err := connector.ParseSigner(s.Signer); err != nil || again != s.Signer {
			t.Errorf("the signer %q is read as %q, %v", s.Signer, again, err)
		}
		if def.CheckSignature(nil, s) == nil && s != good {
			t.Errorf("%q is taken for a signature", text)
		}
	})
}
