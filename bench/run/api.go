package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// api calls the public API with one client's token.
type api struct {
	base, token string
	account     string // X-Cyclr-Account, "" for partner-level calls
}

// signIn gets a token for the client whose credentials the ready file holds.
func signIn(ctx context.Context, r readyFile) (*api, error) {
	a := &api{base: r.Address}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {r.ClientID}, "client_secret": {r.ClientSecret}}
	var answer struct {
		Token string `json:"access_token"`
	}
	err := a.send(ctx, http.MethodPost, "/oauth/token", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), &answer)
	a.token = answer.Token
	return a, err
}

// call sends in as JSON, nothing for nil, and decodes the answer into out unless it is nil.
func (a *api) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	switch in := in.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(in)
	default:
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	return a.send(ctx, method, path, "application/json", body, out)
}

func (a *api) send(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	if a.account != "" {
		req.Header.Set("X-Cyclr-Account", a.account)
	}
	text, err := do(req)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s %s answered %q: %w", method, path, text, err)
	}
	return nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	return do(req)
}

// do returns the body of a 2xx answer; any other is an error with the answer in it.
func do(req *http.Request) ([]byte, error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, fmt.Errorf("%s %s answered %d: %s", req.Method, req.URL.Path, resp.StatusCode, text)
	}
	return text, nil
}
