package connector_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paceline/connector"
)

func presetDefinition(hosts, entry string) string {
	return `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: [api.acme.example, ` + hosts + `]
server: {baseUrl: "https://api.acme.example"}
auth:
  - {id: one, type: oauth2, ` + entry + `}
methods: []
`
}

// TestPresets: each preset makes an entry that can be used, whose app others share; the schema names them all.
func TestPresets(t *testing.T) {
	t.Parallel()
	hosts := map[string]string{
		"atlassian": "auth.atlassian.com", "google": "accounts.google.com, oauth2.googleapis.com", "microsoft": "login.microsoftonline.com",
	}
	files, err := filepath.Glob("presets/*.yaml")
	if err != nil || len(files) != len(hosts) {
		t.Fatal(files, err)
	}
	shared := map[string]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		def, problems := connector.Parse(name, []byte(presetDefinition(hosts[name], "preset: "+name)))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		a := &def.Auth[0]
		if !a.Interactive() || a.AuthorizeURL == "" || a.TokenURL == "" || a.SharedApp() == "" || shared[string(a.SharedApp())] {
			t.Errorf("%s makes %+v, app %s", name, a.OAuth2Rules, a.SharedApp())
		}
		shared[string(a.SharedApp())] = true
		again, problems := connector.Parse("stored", def.JSON())
		if len(problems) > 0 || again.Hash() != def.Hash() || again.Auth[0].SharedApp() != a.SharedApp() {
			t.Errorf("what is stored of %s is another definition: %v", name, problems)
		}
	}
	var schema struct {
		Defs struct {
			Auth struct {
				Properties struct{ Preset struct{ Enum []string } }
			}
		} `json:"$defs"`
	}
	text, err := os.ReadFile("schema.json")
	if err != nil || json.Unmarshal(text, &schema) != nil || len(schema.Defs.Auth.Properties.Preset.Enum) != len(hosts) {
		t.Error(schema, err)
	}
}

// TestPresetLeavesWhatIsWritten: keys of the entry stay, and whoever says where the app's secret goes has an app of their own.
func TestPresetLeavesWhatIsWritten(t *testing.T) {
	t.Parallel()
	const google = "accounts.google.com, oauth2.googleapis.com"
	def, problems := connector.Parse("x", []byte(presetDefinition(google, "preset: google, clientAuth: basic, authorizeParams: {prompt: select_account}")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if a := def.Auth[0]; a.ClientAuth != "basic" || !slices.Equal(a.AuthorizeParams, connector.Pairs{{Name: "prompt", Value: "select_account"}}) || a.SharedApp() == "" {
		t.Errorf("the entry is %+v, app %q", a.OAuth2Rules, a.SharedApp())
	}
	for _, own := range []string{
		`preset: google, grant: authorization_code, authorizeUrl: "https://accounts.google.com/o", tokenUrl: "https://api.acme.example/token"`,
		`preset: google, revokeUrl: "https://api.acme.example/revoke"`,
	} {
		def, problems := connector.Parse("x", []byte(presetDefinition(google, own)))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if app := def.Auth[0].SharedApp(); app != "" {
			t.Errorf("%s shares the app %s", own, app)
		}
	}
	for _, refused := range []string{presetDefinition(google, "preset: acme"), presetDefinition("x.acme.example", "preset: google"),
		strings.Replace(presetDefinition(google, "preset: google"), "oauth2, preset", "api_key, preset", 1)} {
		if problems := connector.Lint("x", []byte(refused)); !connector.Failed(problems) || problems[0].Line == 0 || problems[0].Line > 7 {
			t.Errorf("%v in\n%s", problems, refused)
		}
	}
}
