package connector

import (
	"strconv"
	"strings"

	"paceline/internal/loose"
)

// auth translates one way to authenticate.
func (t *translation) auth(i int, a *loose.Node) {
	name := a.Text("AuthName", "DisplayName", "Name")
	a.Skip("Id", "CreatedOnUtc", "UpdatedOnUtc", "DisplayOrder", "Comments")
	made := map[string]any{"id": "auth-" + strconv.Itoa(i+1), "label": name, "description": a.Text("AuthDescription", "Description"), "default": a.Flag("IsDefault")}
	scheme := a.Text("AuthScheme")
	switch kind := strings.ToLower(a.Text("AuthType")); kind {
	case "apikey", "1":
		made["type"] = "api_key"
		value := "{{auth.ApiKey}}"
		if scheme != "" {
			value = scheme + " " + value
		}
		made["fields"] = []any{map[string]any{"name": "ApiKey", "label": firstOf(a.Text("AuthDescription"), "API key"), "secret": true}}
		header := a.Text("HeaderName", "ApiKeyHeaderName", "ApiKeyHeader", "AuthHeader", "AuthHeaderName")
		made["apply"] = map[string]any{"in": "header", "name": firstOf(header, "Authorization"), "value": value}
	case "basic", "2":
		made["type"] = "basic"
	case "none", "0":
		made["type"] = "none"
	case "oauth2", "4":
		t.oauth2(a, made)
	case "oauth1", "5":
		made["type"], made["signature"] = "oauth1", "HMAC-SHA1"
		consent := map[string]any{}
		for name, at := range map[string][]string{"requestTokenUrl": {"RequestTokenUrl"}, "authorizeUrl": {"AuthoriseUrl", "AuthorizeUrl"}, "tokenUrl": {"AccessTokenUrl", "TokenUrl"}} {
			if address := a.Text(at...); address != "" {
				consent[name] = t.template(address)
				t.host(address)
			}
		}
		if len(consent) == 3 {
			made["consent"] = consent
		} else if len(consent) > 0 {
			t.leave("the consent of the authentication %s: not all of its addresses are there", firstOf(name, kind))
		}
	case "netsuiteoauth1":
		made["type"], made["signature"] = "oauth1", "HMAC-SHA256"
		if realm := a.Text("Realm"); realm != "" {
			made["realm"] = t.template(realm)
		}
	case "authfields", "3", "6":
		if !t.authFields(a, made) {
			t.leave("the authentication %s: its fields are not said", firstOf(name, kind))
			return
		}
	default:
		t.leave("the authentication %s", firstOf(name, kind))
		return
	}
	t.auths = append(t.auths, filled(made))
}

func (t *translation) oauth2(a *loose.Node, made map[string]any) {
	token := a.Text("AccessTokenUrl", "TokenUrl")
	made["type"], made["grant"], made["tokenUrl"] = "oauth2", "authorization_code", t.template(token)
	t.host(token)
	authorize := a.Text("AuthoriseUrl", "AuthorizeUrl")
	switch strings.ToLower(a.Text("OAuth2Type")) {
	case "clientcredentials":
		made["grant"] = "client_credentials"
	case "passwordcredentials":
		made["grant"] = "password"
	default:
		made["authorizeUrl"] = t.template(authorize)
		t.host(authorize)
	}
	if revoke := a.Text("RevokeTokenUrl", "RevokeUrl"); revoke != "" {
		made["revokeUrl"] = t.template(revoke)
		t.host(revoke)
	}
	if scopes := strings.Fields(a.Text("Scope", "Scopes")); len(scopes) > 0 {
		made["scopes"] = map[string]any{"default": scopes}
	}
	for _, secret := range []string{"ClientId", "ClientSecret"} {
		if a.Has(secret) {
			t.leave("%s of the authentication %s: register the app with the connector, or set the property of the account connector", secret, a.Text("AuthName", "DisplayName", "Name"))
		}
	}
}

// authFields translates credentials that go into the body of each request.
func (t *translation) authFields(a *loose.Node, made map[string]any) bool {
	var fields, apply []any
	for _, list := range []string{"AuthFields", "Fields"} {
		for _, f := range a.List(list) {
			key := f.Text("Key", "Location", "ConnectorField", "Name")
			name := word(f.Text("Name", "Key"))
			f.Skip("Id", "Type", "DataType", "DisplayOrder")
			if key == "" || name == "" {
				continue
			}
			fields = append(fields, filled(map[string]any{"name": name, "label": f.Text("DisplayName", "Label", "Name")}))
			apply = append(apply, map[string]any{"in": "body", "name": key, "value": "{{auth." + name + "}}"})
		}
	}
	made["type"], made["fields"], made["apply"] = "api_key", fields, apply
	return len(fields) > 0
}
