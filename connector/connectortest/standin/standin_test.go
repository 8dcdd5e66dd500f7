package standin_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/connector/connectortest/standin"
)

const folders = "../../../connectors"

var systems = []string{"stripe", "github", "hubspot", "salesforce", "microsoft-graph", "microsoft-dataverse", "netsuite"}

// TestEveryCallIsTaken makes the calls of all fixtures of each system at its stand-in.
func TestEveryCallIsTaken(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			report := connectortest.Replay(folders+"/"+system, start(t, system), nil)
			if !report.Passed() || len(report.Cases) < 15 {
				t.Error(report)
			}
		})
	}
}

func start(t *testing.T, system string) *standin.StandIn {
	t.Helper()
	s, err := standin.New(system, os.DirFS(folders))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestBadMoments asks each stand-in for a limit, a token that has ended and a failure, and sees what the connector
// makes of the vendor's words for them.
func TestBadMoments(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		for kind, class := range map[string]string{"limit": "throttled", "unauthorized": "auth", "failure": "retry"} {
			t.Run(system+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := start(t, system)
				taken := false
				report := connectortest.Replay(folders+"/"+system, s, func(*connector.Method, *connectortest.Fixture) bool {
					once := !taken
					if taken = true; once {
						s.Next(kind)
					}
					return once
				})
				if len(report.Cases) != 1 || report.Cases[0].Class != class {
					t.Errorf("%+v", report)
				}
			})
		}
	}
}

// TestStrict sends what vendors refuse.
func TestStrict(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name, system, do, kind, body string
		headers                      map[string]string
		status                       int
		says                         string
	}{
		{"taken", "stripe", "POST https://api.stripe.com/v1/customers", form, "email=a%40b.example", nil, 200, "cus_"},
		{"an unknown parameter", "stripe", "POST https://api.stripe.com/v1/customers", form, "mail=a", nil, 400, "mail"},
		{"a wrong type", "stripe", "POST https://api.stripe.com/v1/customers", form, "balance=much", nil, 400, "balance"},
		{"a missing parameter", "stripe", "POST https://api.stripe.com/v1/payment_intents", form, "amount=1", nil, 400, "currency"},
		{"a list without brackets", "stripe", "POST https://api.stripe.com/v1/customers", form, "preferred_locales=a&preferred_locales=b", nil, 400, "preferred_locales"},
		{"a list with brackets", "stripe", "POST https://api.stripe.com/v1/customers", form, "preferred_locales[]=a&preferred_locales[]=b", nil, 200, "cus_"},
		{"JSON for a form", "stripe", "POST https://api.stripe.com/v1/customers", "application/json", `{"email":"a"}`, nil, 400, "body"},
		{"no version", "stripe", "GET https://api.stripe.com/v1/customers", "", "", map[string]string{"Stripe-Version": ""}, 400, "Stripe-Version"},
		{"no key", "stripe", "GET https://api.stripe.com/v1/customers", "", "", map[string]string{"Authorization": ""}, 401, "API key"},
		{"no such address", "stripe", "GET https://api.stripe.com/v1/customer", "", "", nil, 404, "/v1/customer"},
		{"an unknown field", "github", "POST https://api.github.com/repos/o/r/issues", "application/json", `{"title":"a","texts":"b"}`, nil, 422, "texts"},
		{"a text for a list", "github", "POST https://api.github.com/repos/o/r/issues/1/comments", "application/json", `{"body":1}`, nil, 422, "body"},
		{"lines that a repeated call would add again", "netsuite", "PATCH https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/salesOrder/1", "application/json", `{"item":{"items":[{"quantity":1}]}}`, nil, 400, "replace"},
		{"lines that take the place of others", "netsuite", "PATCH https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/salesOrder/1?replace=item", "application/json", `{"item":{"items":[{"quantity":1}]}}`, nil, 204, ""},
		{"a schema as JSON", "netsuite", "GET https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/metadata-catalog/customer", "", "", nil, 400, "Accept"},
		{"rows without an offset", "microsoft-graph", "GET https://graph.microsoft.com/v1.0/drives/d/items/i/workbook/tables/t/rows?$top=500", "", "", nil, 400, "$skip"},
		{"columns at the item itself", "microsoft-graph", "PATCH https://graph.microsoft.com/v1.0/sites/s/lists/l/items/3", "application/json", `{"fields":{"Title":"a"}}`, nil, 404, "segment"},
		{"nothing", "github", "POST https://api.github.com/repos/o/r/issues", "application/json", `{}`, nil, 422, "title"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			verb, url, _ := strings.Cut(c.do, " ")
			req, err := http.NewRequest(verb, url, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			token := "example-token"
			if c.system == "stripe" {
				token = "rk_test_example"
			}
			req.Header = http.Header{"Content-Type": {c.kind}, "Authorization": {"Bearer " + token}, "Stripe-Version": {"2026-08-26.dahlia"},
				"X-Github-Api-Version": {"2022-11-28"}, "User-Agent": {"Paceline"}, "Accept": {"application/vnd.github+json"}}
			for name, value := range c.headers {
				req.Header.Set(name, value)
			}
			resp, err := start(t, c.system).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || !strings.Contains(string(text), c.says) {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
		})
	}
}

// TestEveryMethodIsHeldToItsVendor spoils the call of each fixture in every way that there is, one at a time: an unknown
// parameter or field, a wrong type, something missing, another credential. The stand-in must have the vendor's words for it,
// and the connector must make an error of them that has them too.
func TestEveryMethodIsHeldToItsVendor(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			s := &spoiler{StandIn: start(t, system), t: t, kinds: map[string]int{}}
			if report := connectortest.Replay(folders+"/"+system, s, nil); !report.Passed() {
				t.Error(report)
			}
			for kind, least := range map[string]int{"unknown": 15, "unauthorized": 30, "type": 8, "missing": 4} {
				if s.kinds[kind] < least {
					t.Errorf("%s: only %d calls were spoiled", kind, s.kinds[kind])
				}
			}
			s.first = true
			for _, c := range connectortest.Replay(folders+"/"+system, s, nil).Cases {
				if c.Class != "permanent" || !strings.Contains(strings.Join(c.Failures, " "), "not_known") {
					t.Errorf("%s: %s %q", c.Name, c.Class, c.Failures)
				}
			}
			s.first, s.without = false, true
			told := ""
			for _, c := range connectortest.Replay(folders+"/"+system, s, nil).Cases {
				told += strings.Join(c.Failures, " ")
			}
			for _, name := range s.missed {
				if !strings.Contains(told, name) {
					t.Errorf("no error says that %s is missing", name)
				}
			}
		})
	}
}

// spoiler sees to it that the stand-in refuses what is wrong, and hands on what is right; with first it hands on the request
// with an unknown parameter, and with without that which lacks a field.
type spoiler struct {
	*standin.StandIn
	t     *testing.T
	kinds map[string]int

	first, without bool
	missed         []string // fields that were taken from requests
}

func (s *spoiler) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	for _, w := range s.Spoiled(req, body) {
		name, lacks := strings.CutPrefix(w.Name, "without the field ")
		switch {
		case s.first && w.Name == "an unknown parameter":
			return s.StandIn.RoundTrip(w.Req)
		case s.without && lacks:
			s.missed = append(s.missed, name)
			return s.StandIn.RoundTrip(w.Req)
		case s.first || s.without:
			continue
		}
		s.kinds[w.Kind]++
		resp, err := s.StandIn.RoundTrip(w.Req)
		if err != nil {
			return nil, err
		}
		text, _ := io.ReadAll(resp.Body)
		if !s.Says(w.Kind, resp.StatusCode, text) {
			s.t.Errorf("%s %s, %s: %d %s", req.Method, req.URL, w.Name, resp.StatusCode, text)
		}
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return s.StandIn.RoundTrip(req)
}

// TestSignIn gets tokens in each way that a vendor has, uses them, and is refused with what is wrong about one.
func TestSignIn(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pemOf := func(key *rsa.PrivateKey) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	}
	const thumbprint = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"
	for _, c := range []struct {
		system, auth, value string
		properties          map[string]string
		signed, lasting     bool   // by a key; with a refresh token
		method              string // to use the token with, with its parameters
		params              []string
	}{
		{system: "salesforce", auth: "consent", lasting: true, method: "list-objects"},
		{system: "salesforce", auth: "client", properties: map[string]string{"LoginUrl": "https://fjordline.my.salesforce.com"}, method: "list-objects"},
		{system: "salesforce", auth: "certificate", value: `{"username":"ada@fjordline.example"}`, signed: true, method: "list-objects"},
		{system: "microsoft-graph", auth: "consent", lasting: true, method: "list-users"},
		{system: "microsoft-graph", auth: "app", properties: map[string]string{"Tenant": "fjordline.example"}, method: "list-users"},
		{system: "microsoft-graph", auth: "certificate", properties: map[string]string{"Tenant": "fjordline.example", "CertificateThumbprint": thumbprint}, signed: true, method: "list-users"},
		{system: "microsoft-dataverse", auth: "consent", properties: map[string]string{"OrgUrl": "https://northwind.crm4.dynamics.com"}, lasting: true, method: "who-am-i"},
		{system: "microsoft-dataverse", auth: "app", properties: map[string]string{"OrgUrl": "https://northwind.crm4.dynamics.com", "Tenant": "fjordline.example"}, method: "who-am-i"},
		{system: "microsoft-dataverse", auth: "certificate", properties: map[string]string{"OrgUrl": "https://northwind.crm4.dynamics.com", "Tenant": "fjordline.example", "CertificateThumbprint": thumbprint}, signed: true, method: "who-am-i"},
		{system: "github", auth: "oauth", lasting: true, method: "get-user"},
		{system: "github", auth: "app-user", lasting: true, method: "get-user"},
		{system: "github", auth: "app", properties: map[string]string{"InstallationId": "42"}, signed: true, method: "list-installation-repositories"},
		{system: "hubspot", auth: "consent", lasting: true, method: "list-owners"},
		{system: "netsuite", auth: "consent", properties: map[string]string{"AccountId": "1234567_SB1"}, lasting: true, method: "list-record-types"},
		{system: "netsuite", auth: "certificate", properties: map[string]string{"AccountId": "1234567_SB1", "CertificateId": "certificate-1"}, signed: true, method: "list-record-types"},
		{system: "stripe", auth: "connect", method: "get-account"},
		{system: "stripe", auth: "app", lasting: true, method: "get-account"},
	} {
		t.Run(c.system+" "+c.auth, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(folders + "/" + c.system + "/connector.yaml")
			if err != nil {
				t.Fatal(err)
			}
			def, problems := connector.Parse(c.system, text)
			if def == nil {
				t.Fatal(problems)
			}
			compiled, err := connector.Compile(def)
			if err != nil {
				t.Fatal(err)
			}
			vendor := start(t, c.system)
			vendor.Trust(&key.PublicKey)
			runtime := connector.New(connector.Config{Transport: vendor, Limits: connector.Limits{Sends: 1}})
			as := func(id, secret, value string) *connector.Instance {
				return &connector.Instance{Compiled: compiled, Auth: compiled.Auth(c.auth), AuthValue: value, Properties: c.properties, Client: connector.Client{ID: id, Secret: secret}}
			}
			secret := "app-secret"
			if c.signed {
				secret = pemOf(key)
			}
			get := func(i *connector.Instance, code string) (connector.Grant, error) {
				if compiled.Auth(c.auth).Grant == connector.GrantAuthorizationCode {
					return runtime.ExchangeCode(t.Context(), i, code, "a-verifier-of-forty-three-characters-or-more", "https://paceline.example/oauth")
				}
				return runtime.Obtain(t.Context(), i)
			}
			grant, err := get(as("example-app", secret, c.value), "good-code")
			if err != nil || grant.AccessToken == "" || (grant.RefreshToken != "") != (c.lasting || c.auth == "connect") {
				t.Fatal(grant, err, detail(err))
			}
			if c.lasting {
				if grant, err = runtime.Obtain(t.Context(), as("example-app", secret, grant.Text())); err != nil || grant.RefreshToken == "" {
					t.Fatal(grant, detail(err))
				}
				ended := grant
				ended.RefreshToken = "of another app"
				if _, err := runtime.Obtain(t.Context(), as("example-app", secret, ended.Text())); !errors.Is(err, connector.ErrGrantInvalid) {
					t.Error("a refresh token that has ended:", err, detail(err))
				}
			}
			result, err := runtime.Call(t.Context(), connector.Call{Instance: as("example-app", secret, grant.Text()), Method: compiled.Method(c.method)})
			if err != nil || len(result.Output) == 0 {
				t.Error(detail(err))
			}
			if compiled.Auth(c.auth).RevokeURL != "" {
				if err := runtime.Revoke(t.Context(), as("example-app", secret, grant.Text())); err != nil {
					t.Error("revoke:", err)
				}
			}
			wrong := []*connector.Instance{as("other-app", secret, c.value)}
			if c.signed {
				wrong = append(wrong, as("example-app", pemOf(other), c.value))
			} else {
				wrong = append(wrong, as("example-app", "other-secret", c.value))
			}
			for i, instance := range wrong {
				if i == 0 && compiled.Auth(c.auth).ClientAuth == "secret" {
					continue // whose key says which app it is
				}
				if grant, err := get(instance, "good-code"); class(err) != "auth" {
					t.Errorf("wrong %d: %+v %v", i, grant, err)
				}
			}
			if compiled.Auth(c.auth).Grant == connector.GrantAuthorizationCode {
				if grant, err := get(as("example-app", secret, ""), "old-code"); class(err) != "auth" {
					t.Errorf("an old code: %+v %v", grant, err)
				}
			}
		})
	}
}

func class(err error) string {
	if failed, ok := errors.AsType[*connector.Error](err); ok {
		return failed.Class.String()
	}
	return ""
}

func detail(err error) string {
	if failed, ok := errors.AsType[*connector.Error](err); ok {
		return failed.Error() + ": " + failed.Detail
	}
	return ""
}
