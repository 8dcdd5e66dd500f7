package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"paceline/bench/w1"
)

// setUp makes an account with the sink's connector and a running cycle of the template, as any client of
// the API would, and returns the webhook's URL.
func setUp(ctx context.Context, r readyFile, sink string, document []byte) (string, error) {
	if r.ClientID == "" {
		return "", errors.New("this start made no credentials: the database is not empty, and the bench needs one of its own")
	}
	a, err := signIn(ctx, r)
	if err != nil {
		return "", err
	}
	template, err := a.template(ctx, document)
	if err != nil {
		return "", err
	}
	return a.customer(ctx, "bench", template, sink)
}

// template imports a template and returns its id.
func (a *api) template(ctx context.Context, document []byte) (string, error) {
	var template struct {
		ID string `json:"Id"`
	}
	err := a.call(ctx, http.MethodPost, "/v1.0/templates/import", document, &template)
	return template.ID, err
}

// customer makes an account with a running cycle of the template, and returns the webhook's URL.
func (a *api) customer(ctx context.Context, id, template, sink string) (string, error) {
	var account, cycle struct {
		ID string `json:"Id"`
	}
	a.account = ""
	if err := a.call(ctx, http.MethodPost, "/v1.0/accounts", map[string]string{"Id": id, "Name": "Bench"}, &account); err != nil {
		return "", err
	}
	a.account = account.ID
	install := map[string]any{"Properties": []map[string]string{{"Name": "SinkUrl", "Value": sink}}}
	if err := a.call(ctx, http.MethodPost, "/v1.0/connectors/"+url.PathEscape(w1.ConnectorName)+"/install", install, nil); err != nil {
		return "", err
	}
	if err := a.call(ctx, http.MethodPost, "/v1.0/templates/"+template+"/install", nil, &cycle); err != nil {
		return "", err
	}
	if err := a.call(ctx, http.MethodPut, "/v1.0/cycles/"+cycle.ID+"/activate", map[string]any{}, nil); err != nil {
		return "", err
	}
	hook, err := a.webhook(ctx, cycle.ID)
	if err != nil {
		return "", err
	}
	return moveTo(a.base, hook)
}

// webhook returns the URL of the cycle's webhook step.
func (a *api) webhook(ctx context.Context, cycle string) (string, error) {
	var steps []struct {
		Name       string
		WebhookURL string `json:"WebhookUrl"`
	}
	if err := a.call(ctx, http.MethodGet, "/v1.0/cycles/"+cycle+"/steps", nil, &steps); err != nil {
		return "", err
	}
	for _, step := range steps {
		if step.WebhookURL != "" {
			return step.WebhookURL, nil
		}
	}
	return "", fmt.Errorf("cycle %s has no webhook among its %d steps", cycle, len(steps))
}
