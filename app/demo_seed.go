package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// seed fills the demo through the public API, as any client would. Each step may have been done by a
// start that did not come to its end.
func (a *App) seed(ctx context.Context) error {
	d := a.demo
	if d == nil || d.Complete {
		return nil
	}
	c := &apiCaller{handler: a.server}
	if err := c.signIn(ctx, d.ClientID, d.ClientSecret); err != nil {
		return err
	}
	for _, account := range []map[string]string{
		{"Id": DemoAccount, "Name": "Northwind"},
		{"Id": DemoSubAccount, "Name": "Northwind Berlin", "ParentAccountId": DemoAccount},
	} {
		if err := c.call(ctx, http.MethodPost, "/v1.0/accounts", account, nil); err != nil && !strings.Contains(err.Error(), "already in use") {
			return err
		}
	}
	template, err := c.template(ctx)
	if err != nil {
		return err
	}
	for _, account := range []string{DemoAccount, DemoSubAccount} {
		c.account = account
		if d.Cycles[account], err = c.install(ctx, template); err != nil {
			return err
		}
		// The sub account uses its parent's account connectors, which are authenticated by now.
		if account == DemoAccount {
			if err := c.authenticate(ctx, d.Demo); err != nil {
				return err
			}
		}
		if err := c.call(ctx, http.MethodPut, "/v1.0/cycles/"+d.Cycles[account]+"/activate", struct{}{}, nil); err != nil {
			return err
		}
	}
	d.Complete = true
	return d.save()
}

// template returns the id of the demo's template.
func (c *apiCaller) template(ctx context.Context) (string, error) {
	var templates []struct{ Id, Name string }
	if err := c.call(ctx, http.MethodGet, "/v1.0/templates?pageSize=1000", nil, &templates); err != nil {
		return "", err
	}
	for _, t := range templates {
		if t.Name == DemoTemplate {
			return t.Id, nil
		}
	}
	return "", fmt.Errorf("there is no template %q among %d", DemoTemplate, len(templates))
}

// install installs the template in the caller's account, unless it has been, and returns the cycle's id.
func (c *apiCaller) install(ctx context.Context, template string) (string, error) {
	var cycles []struct{ Id, TemplateId string }
	if err := c.call(ctx, http.MethodGet, "/v1.0/cycles?pageSize=1000", nil, &cycles); err != nil {
		return "", err
	}
	for _, cycle := range cycles {
		if cycle.TemplateId == template {
			return cycle.Id, nil
		}
	}
	var made struct{ Id string }
	err := c.call(ctx, http.MethodPost, "/v1.0/templates/"+template+"/install", nil, &made)
	return made.Id, err
}

// authenticate gives the account's connectors their addresses and credentials.
func (c *apiCaller) authenticate(ctx context.Context, d Demo) error {
	var connectors []struct {
		Id   int
		Name string
	}
	if err := c.call(ctx, http.MethodGet, "/v1.0/account/connectors", nil, &connectors); err != nil {
		return err
	}
	for _, ac := range connectors {
		auth := d.CRMKey
		properties := map[string]string{"BaseUrl": d.CRMURL}
		if ac.Name == "GitHub" {
			auth, properties = d.GitHubToken, map[string]string{"BaseUrl": d.GitHubURL, "WebhookSecret": d.WebhookSecret}
		}
		path := fmt.Sprintf("/v1.0/account/connectors/%d", ac.Id)
		for name, value := range properties {
			if err := c.call(ctx, http.MethodPost, path+"/properties", map[string]string{"Name": name, "Value": value}, nil); err != nil {
				return err
			}
		}
		if err := c.call(ctx, http.MethodPut, path, map[string]string{"AuthValue": auth}, nil); err != nil {
			return err
		}
	}
	return nil
}

// apiCaller calls the public API in its own process, without a network.
type apiCaller struct {
	handler http.Handler
	token   string
	account string // API id for the account header
}

// signIn gets a token.
func (c *apiCaller) signIn(ctx context.Context, clientID, secret string) error {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}}
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := c.send(ctx, http.MethodPost, "/oauth/token", "application/x-www-form-urlencoded", []byte(form.Encode()), &answer); err != nil {
		return err
	}
	c.token = answer.Token
	return nil
}

// call sends in as JSON and reads the answer into out; either may be nil. Any status but 2xx is an error.
func (c *apiCaller) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	return c.send(ctx, method, path, "application/json", body, out)
}

func (c *apiCaller) send(ctx context.Context, method, path, contentType string, body []byte, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.RemoteAddr = "127.0.0.1:0"
	request.RequestURI = path
	request.Header.Set("Content-Type", contentType)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.account != "" {
		request.Header.Set("X-Cyclr-Account", c.account)
	}
	answer := &apiAnswer{header: http.Header{}, status: http.StatusOK}
	c.handler.ServeHTTP(answer, request)
	if answer.status < 200 || answer.status > 299 {
		return fmt.Errorf("%s %s answered %d: %s", method, path, answer.status, bytes.TrimSpace(answer.body.Bytes()))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.body.Bytes(), out)
}

// apiAnswer keeps an answer in memory.
type apiAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *apiAnswer) Header() http.Header { return a.header }

// Write implements http.ResponseWriter.
func (a *apiAnswer) Write(b []byte) (int, error) { return a.body.Write(b) }

// WriteHeader implements http.ResponseWriter.
func (a *apiAnswer) WriteHeader(status int) { a.status = status }
