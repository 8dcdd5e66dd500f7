package main

import (
	"context"

	"paceline/app"
)

// revokeCommand ends credentials.
type revokeCommand struct {
	Connection revokeConnectionCommand `cmd:"" help:"End the credential of one account connector."`
	Account    revokeAccountCommand    `cmd:"" help:"End every credential of an account, and every token that lets somebody into it."`
	Connector  revokeConnectorCommand  `cmd:"" help:"End the credentials of a connector in all accounts."`
	Partner    revokePartnerCommand    `cmd:"" help:"End every client, token and credential of a partner."`
}

// Help says what it does at vendors.
func (revokeCommand) Help() string {
	return "Cycles that use a credential stop. While a server runs, vendors that can are told to forget tokens and webhooks, at once and for a day while they cannot be reached; without one they are not told."
}

type revoking struct {
	app.Storage `embed:""`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

func (r revoking) run(ctx context.Context, c *console, what app.Revocation) error {
	what.OfPartner = app.OfPartner{Partner: r.Partner}
	var total app.Revoked
	for {
		var done app.Revoked
		if err := app.Ask(ctx, options(c, r.Storage), app.Revoke, what, &done); err != nil {
			return err
		}
		total.Credentials, total.Clients, total.Tokens = total.Credentials+done.Credentials, total.Clients+done.Clients, total.Tokens+done.Tokens
		total.Told = done.Told
		if !done.More {
			break
		}
	}
	c.printf("Ended %d credentials, %d clients and %d tokens.\n", total.Credentials, total.Clients, total.Tokens)
	if total.Credentials > 0 && !total.Told {
		c.printf("No server runs here, so vendors were not told: end the credentials at the vendors, too.\n")
	}
	return nil
}

type revokeConnectionCommand struct {
	revoking `embed:""`
	ID       int32  `arg:"" help:"Id of the account connector."`
	Account  string `required:"" placeholder:"ID" help:"Account that it belongs to."`
}

// Run ends it.
func (r *revokeConnectionCommand) Run(ctx context.Context, c *console) error {
	return r.run(ctx, c, app.Revocation{Account: r.Account, Connection: r.ID})
}

type revokeAccountCommand struct {
	revoking `embed:""`
	ID       string `arg:"" help:"API id or id of the account."`
}

// Run ends them.
func (r *revokeAccountCommand) Run(ctx context.Context, c *console) error {
	return r.run(ctx, c, app.Revocation{Account: r.ID})
}

type revokeConnectorCommand struct {
	revoking `embed:""`
	ID       string `arg:"" help:"Unique id of the connector (uid of its definition)."`
}

// Run ends them.
func (r *revokeConnectorCommand) Run(ctx context.Context, c *console) error {
	return r.run(ctx, c, app.Revocation{Connector: r.ID})
}

type revokePartnerCommand struct {
	revoking `embed:""`
	Yes      bool `required:"" help:"Yes, everything: clients have to be made anew, and every connector connected again."`
}

// Run ends everything.
func (r *revokePartnerCommand) Run(ctx context.Context, c *console) error {
	return r.run(ctx, c, app.Revocation{Everything: true})
}
