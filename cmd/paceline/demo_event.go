package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"paceline"
	"paceline/app"
	"paceline/demo/crm"
	"paceline/demo/event"
	"paceline/internal/egress"
)

type demoEventCommand struct {
	app.Storage `embed:""`
	reporting   `embed:""`
	Account     string        `default:"northwind" placeholder:"ID" help:"Account whose cycle gets the event: northwind or northwind-berlin."`
	Title       string        `default:"The ferry at 8:10 is shown twice" placeholder:"TEXT" help:"Title of the issue."`
	Body        string        `default:"On the page for Sunday. Reload does not help." placeholder:"TEXT" help:"Text of the issue."`
	Forge       bool          `help:"Sign the delivery with a wrong secret."`
	Repeat      bool          `help:"Send the delivery twice, as GitHub does when it has missed the answer."`
	Full        bool          `help:"Show long texts whole."`
	Wait        time.Duration `default:"30s" placeholder:"TIME" help:"How long to wait for the end of the transaction."`
}

// eventFigures is what --report json of demo event tells.
type eventFigures struct {
	Account     string
	Issue       int
	Deliveries  []deliveryFigures
	Transaction string // "" when the delivery was refused
	Status      string
	Steps       []stepFigures
	Tickets     int // of the issue, in the CRM
	Comments    int // on the issue, at GitHub
}

type deliveryFigures struct {
	Id            string
	Bytes, Status int
	Ms            int64 // from sending it to the whole answer
	Transaction   string
}

type stepFigures struct {
	Name, Status, Message  string
	HttpStatus, DurationMs *int // nil without a call
}

// Run sends a delivery and prints what became of it, read back from the API.
func (d *demoEventCommand) Run(ctx context.Context, c *console) error {
	figures := eventFigures{Account: d.Account, Deliveries: []deliveryFigures{}, Steps: []stepFigures{}}
	if err := d.send(ctx, d.text(c), &figures); err != nil {
		return err
	}
	return d.line(c, figures)
}

func (d *demoEventCommand) send(ctx context.Context, c *console, figures *eventFigures) error {
	demo, err := readDemo(d.Storage)
	if err != nil {
		return err
	}
	cycle, ok := demo.Cycles[d.Account]
	if !ok {
		return fmt.Errorf("the demo has no account %q; it has %s and %s", d.Account, app.DemoAccount, app.DemoSubAccount)
	}
	api, err := newDemoAPI(ctx, demo, d.Account)
	if err != nil {
		return err
	}
	hook, err := api.webhook(ctx, cycle)
	if err != nil {
		return err
	}
	github := event.Remote{URL: demo.GitHubURL, Token: demo.GitHubToken, Transport: api.client.Transport}
	repo, issue, err := github.Open(ctx, d.Title, d.Body)
	if err != nil {
		return err
	}
	delivery, err := event.New(event.NewDeliveryID(paceline.SystemClock{}), event.Opened(repo, issue))
	if err != nil {
		return err
	}
	c.printf("Issue #%d of %s: %s\n", issue.Number, repo.FullName, issue.Title)
	figures.Issue = issue.Number
	secret := demo.WebhookSecret
	if d.Forge {
		secret = paceline.NewSecret(24)
	}
	transaction := ""
	for n := range 1 + btoi(d.Repeat) {
		clock := paceline.SystemClock{}
		start := clock.Now()
		answer, err := event.Deliver(ctx, api.client.Transport, hook, secret, delivery)
		if err != nil {
			return err
		}
		figures.Deliveries = append(figures.Deliveries, deliveryFigures{
			Id: delivery.ID, Bytes: len(delivery.Body), Status: answer.Status, Ms: clock.Now().Sub(start).Milliseconds(), Transaction: answer.Transaction,
		})
		c.printf("Delivery %s (%d bytes) to %s\n  answered %d %s\n", delivery.ID, len(delivery.Body), hook, answer.Status, firstText(answer))
		if n > 0 && answer.Transaction == transaction {
			c.printf("  the same transaction: it was known already\n")
		}
		transaction = answer.Transaction
	}
	if transaction == "" {
		return nil // refused, as the answer says
	}
	figures.Transaction = transaction
	if err := api.show(ctx, c, cycle, d, figures); err != nil {
		return err
	}
	return d.outcome(ctx, c, demo, api, github, issue.ID, figures)
}

func firstText(a event.Answer) string {
	if a.Transaction != "" {
		return "transaction " + a.Transaction
	}
	return strings.TrimSpace(string(a.Body))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// outcome prints the ticket as the CRM holds it and the comments as GitHub does.
func (d *demoEventCommand) outcome(ctx context.Context, c *console, demo app.Demo, api *demoAPI, github event.Remote, id int64, figures *eventFigures) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/api/tickets?external_id=%d", demo.CRMURL, id), nil)
	if err != nil {
		return err
	}
	request.Header.Set(crm.KeyHeader, demo.CRMKey)
	var list struct {
		Tickets []json.RawMessage `json:"tickets"`
	}
	if err := api.do(request, &list); err != nil {
		return err
	}
	c.printf("\nIn the CRM: %d ticket(s)\n", len(list.Tickets))
	for _, ticket := range list.Tickets {
		c.printf("  %s\n", ticket)
	}
	comments, err := github.Comments(ctx, figures.Issue)
	if err != nil {
		return err
	}
	figures.Tickets, figures.Comments = len(list.Tickets), len(comments)
	c.printf("At GitHub: %d comment(s)\n", len(comments))
	for _, comment := range comments {
		c.printf("  %s: %s\n", comment.User.Login, comment.Body)
	}
	return nil
}

// demoAPI calls the running server's API as a client of the partner.
type demoAPI struct {
	base, token, account string
	client               *http.Client
}

func newDemoAPI(ctx context.Context, demo app.Demo, account string) (*demoAPI, error) {
	hosts := []string{demo.Address, demo.GitHubURL, demo.CRMURL}
	for i, base := range hosts {
		u, err := url.Parse(base)
		if err != nil {
			return nil, fmt.Errorf("the demo's file: %w", err)
		}
		hosts[i] = u.Host
	}
	operator, err := egress.NewOperator(hosts...)
	if err != nil {
		return nil, fmt.Errorf("the demo's file: %w", err)
	}
	a := &demoAPI{base: demo.Address, account: account, client: operator.Client(30 * time.Second)}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {demo.ClientID}, "client_secret": {demo.ClientSecret}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := a.do(request, &answer); err != nil {
		return nil, fmt.Errorf("the server at %s: %w", a.base, err)
	}
	a.token = answer.Token
	return a, nil
}

func (a *demoAPI) get(ctx context.Context, path string, out any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("X-Cyclr-Account", a.account)
	return a.do(request, out)
}

func (a *demoAPI) do(request *http.Request, out any) error {
	response, err := a.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s answered %d: %s", request.Method, request.URL.Path, response.StatusCode, bytes.TrimSpace(body.Bytes()))
	}
	return json.Unmarshal(body.Bytes(), out)
}

// webhook returns the address of the cycle's webhook step on this machine.
func (a *demoAPI) webhook(ctx context.Context, cycle string) (string, error) {
	var steps []struct{ WebhookUrl string }
	if err := a.get(ctx, "/v1.0/cycles/"+cycle+"/steps", &steps); err != nil {
		return "", err
	}
	for _, step := range steps {
		if u, err := url.Parse(step.WebhookUrl); err == nil && step.WebhookUrl != "" {
			return a.base + u.EscapedPath(), nil
		}
	}
	return "", fmt.Errorf("cycle %s has no webhook step", cycle)
}

// transactionItem is one step of a transaction as the API shows it.
type transactionItem struct {
	StepName, CreatedOnUtc, Level, Message, Request, Response string

	Status                 string
	HttpStatus, DurationMs *int // nil without a call
}

// outcome says how the step ended, and how its call was answered.
func (i transactionItem) outcome() string {
	parts := []string{i.Status}
	if i.HttpStatus != nil {
		parts = append(parts, fmt.Sprintf("HTTP %d", *i.HttpStatus))
	}
	if i.DurationMs != nil {
		parts = append(parts, fmt.Sprintf("%d ms", *i.DurationMs))
	}
	if i.Message != "" {
		parts = append(parts, i.Level+": "+i.Message)
	}
	return strings.Join(parts, ", ")
}

// show waits for the end of a transaction and prints it step by step.
func (a *demoAPI) show(ctx context.Context, c *console, cycle string, d *demoEventCommand, figures *eventFigures) error {
	transaction := figures.Transaction
	status, err := a.await(ctx, cycle, transaction, d.Wait)
	if err != nil {
		return err
	}
	var items []transactionItem
	if err := a.get(ctx, "/v1.0/cycles/"+cycle+"/transactions/"+transaction, &items); err != nil {
		return err
	}
	figures.Status = status
	c.printf("Transaction %s: %s\n", transaction, status)
	for _, item := range items {
		figures.Steps = append(figures.Steps, stepFigures{
			Name: item.StepName, Status: item.Status, Message: item.Message, HttpStatus: item.HttpStatus, DurationMs: item.DurationMs,
		})
		c.printf("\n  %s  %s: %s\n", item.CreatedOnUtc, item.StepName, item.outcome())
		c.printf("%s%s", indent("request", item.Request, d.Full), indent("response", item.Response, d.Full))
	}
	return nil
}

// await asks for the transaction's status until it has ended.
func (a *demoAPI) await(ctx context.Context, cycle, transaction string, wait time.Duration) (string, error) {
	clock := paceline.SystemClock{}
	end := clock.Now().Add(wait)
	for {
		var list []struct{ Id, Status string }
		if err := a.get(ctx, "/v1.0/cycles/"+cycle+"/transactions", &list); err != nil {
			return "", err
		}
		status := "not listed"
		for _, t := range list {
			if t.Id == transaction {
				status = t.Status
			}
		}
		switch status {
		case "Completed", "Errored", "Stopped", "Cancelled":
			return status, nil
		}
		if clock.Now().After(end) {
			return status + " (still, after " + wait.String() + ")", nil
		}
		timer, stop := clock.NewTimer(50 * time.Millisecond)
		select {
		case <-timer:
		case <-ctx.Done():
			stop()
			return "", ctx.Err()
		}
	}
}

// shown is how many bytes of a text are printed unless all of it is asked for.
const shown = 600

// indent prints a text of several lines below its name.
func indent(name, text string, full bool) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if text == "" {
		return ""
	}
	if len(text) > shown && !full {
		text = strings.ToValidUTF8(text[:shown], "") + fmt.Sprintf(" ... (%d bytes in all; --full shows them)", len(text))
	}
	return "    " + name + ":\n      " + strings.ReplaceAll(text, "\n", "\n      ") + "\n"
}
