package main

import (
	"context"

	"paceline/app"
)

// tokenCommand hands out what lets somebody in.
type tokenCommand struct {
	Client   tokenClientCommand   `cmd:"" help:"Make a client credential for the API and show its secret, once."`
	FirstRun tokenFirstRunCommand `cmd:"" name:"first-run" help:"Make a link that lets one person set up the installation, once, within 60 minutes."`
}

type tokenClientCommand struct {
	app.Storage `embed:""`
	Description string `placeholder:"TEXT" help:"What the credential is for."`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run makes a credential.
func (t *tokenClientCommand) Run(ctx context.Context, c *console) error {
	var made app.ClientCredential
	input := app.NewClient{OfPartner: app.OfPartner{Partner: t.Partner}, Description: t.Description}
	if err := app.Ask(ctx, options(c, t.Storage), app.CreateClient, input, &made); err != nil {
		return err
	}
	c.printf("Client id:     %s\nClient secret: %s\n", made.ClientID, made.ClientSecret)
	return nil
}

type tokenFirstRunCommand struct {
	app.Storage `embed:""`
	ServiceURL  string `name:"service-url" placeholder:"URL" help:"Address of the pages as people see them. Default: that of the running server."`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run makes a link.
func (t *tokenFirstRunCommand) Run(ctx context.Context, c *console) error {
	var link app.FirstRunLink
	input := app.NewFirstRunLink{OfPartner: app.OfPartner{Partner: t.Partner}, ServiceURL: t.ServiceURL}
	if err := app.Ask(ctx, options(c, t.Storage), app.CreateFirstRunLink, input, &link); err != nil {
		return err
	}
	c.printf("%s\n", link.URL)
	return nil
}
