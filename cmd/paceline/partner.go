package main

import (
	"context"
	"errors"
	"strings"

	"paceline"
	"paceline/app"
)

// partnerCommand changes settings of a partner.
type partnerCommand struct {
	Origins partnerOriginsCommand `cmd:"" help:"Show or set the web origins to which people are sent back from Paceline's pages."`

	ServiceURL partnerServiceURLCommand `cmd:"" name:"service-url" help:"Show or set the address of the partner's own pages and webhooks."`

	Signers partnerSignersCommand `cmd:"" help:"Show or change whose signatures on connectors are trusted."`

	Marketplace partnerMarketplaceCommand `cmd:"" help:"Make a marketplace, and print the number that the API knows it by."`
}

type partnerOriginsCommand struct {
	app.Storage `embed:""`
	Origins     []string `arg:"" optional:"" help:"All origins, such as https://app.example.com, in place of those before. Without any: show them."`
	None        bool     `help:"Remove all origins."`
	Partner     string   `placeholder:"ID" help:"Partner, when there are several."`
}

// Run sets, and prints what is registered then.
func (p *partnerOriginsCommand) Run(ctx context.Context, c *console) error {
	if p.None && len(p.Origins) > 0 {
		return errors.New("--none and origins exclude each other")
	}
	input := app.Origins{OfPartner: app.OfPartner{Partner: p.Partner}, Origins: p.Origins, Keep: !p.None && len(p.Origins) == 0}
	var now app.Origins
	if err := app.Ask(ctx, options(c, p.Storage), app.SetOrigins, input, &now); err != nil {
		return err
	}
	for _, origin := range now.Origins {
		c.printf("%s\n", origin)
	}
	return nil
}

type partnerServiceURLCommand struct {
	app.Storage `embed:""`
	URL         string `arg:"" name:"url" optional:"" help:"Such as https://integrations.example.com, which leads to this server. Without it: show what is set."`
	None        bool   `help:"The partner's pages are where those of all partners are."`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run sets it, and prints what is set then.
func (p *partnerServiceURLCommand) Run(ctx context.Context, c *console) error {
	if p.None && p.URL != "" {
		return errors.New("--none and an address exclude each other")
	}
	input := app.ServiceURL{OfPartner: app.OfPartner{Partner: p.Partner}, URL: p.URL, Keep: !p.None && p.URL == ""}
	var now app.ServiceURL
	if err := app.Ask(ctx, options(c, p.Storage), app.SetServiceURL, input, &now); err != nil {
		return err
	}
	if now.URL != "" {
		c.printf("%s\n", now.URL)
	}
	return nil
}

type partnerSignersCommand struct {
	app.Storage `embed:""`
	Trust       string `xor:"what" placeholder:"SIGNER" help:"Trust a signer, as connector key prints it."`
	Name        string `placeholder:"NAME" help:"What to call the signer of --trust."`
	Remove      string `xor:"what" placeholder:"SIGNER" help:"Trust a signer no longer. What is installed keeps running."`
	Require     string `enum:",yes,no" default:"" placeholder:"yes|no" help:"Whether connectors must be signed by one of them."`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run changes what is asked for, and prints who is trusted then.
func (p *partnerSignersCommand) Run(ctx context.Context, c *console) error {
	input := app.Signers{OfPartner: app.OfPartner{Partner: p.Partner}, Remove: p.Remove}
	if p.Trust != "" {
		input.Add = &paceline.Signer{Key: p.Trust, Name: p.Name}
	} else if p.Name != "" {
		return errors.New("--name is of the signer of --trust")
	}
	if p.Require != "" {
		required := p.Require == "yes"
		input.Required = &required
	}
	var now app.Signers
	if err := app.Ask(ctx, options(c, p.Storage), app.SetSigners, input, &now); err != nil {
		return err
	}
	for _, s := range now.Signers {
		c.printf("%s\n", strings.TrimSpace(s.Key+" "+s.Name))
	}
	if now.Required != nil && *now.Required {
		c.printf("connectors must be signed\n")
	}
	return nil
}

type partnerMarketplaceCommand struct {
	app.Storage `embed:""`
	Name        string `arg:"" help:"Name, which its page shows."`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run makes it.
func (m *partnerMarketplaceCommand) Run(ctx context.Context, c *console) error {
	var made app.MarketplaceEntry
	input := app.NewMarketplace{OfPartner: app.OfPartner{Partner: m.Partner}, Name: m.Name}
	if err := app.Ask(ctx, options(c, m.Storage), app.CreateMarketplace, input, &made); err != nil {
		return err
	}
	c.printf("%d\n", made.ID)
	return nil
}

type connectorAppCommand struct {
	app.Storage `embed:""`
	Connector   string `arg:"" help:"Name of the connector."`
	ClientID    string `name:"client-id" xor:"what" required:"" placeholder:"ID" help:"Client id of the app at the vendor."`
	SecretFile  string `placeholder:"FILE" help:"File with the client secret; - reads it from standard input."`
	Remove      bool   `xor:"what" required:"" help:"Forget the app."`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// maxSecret bounds a secret that is read.
const maxSecret = 64 << 10

// Run registers the app, or forgets it.
func (a *connectorAppCommand) Run(ctx context.Context, c *console) error {
	input := app.NewOAuthApp{OfPartner: app.OfPartner{Partner: a.Partner}, Connector: a.Connector, ClientID: a.ClientID}
	if a.SecretFile != "" {
		var err error
		if input.ClientSecret, err = readSecret(c, a.SecretFile); err != nil {
			return err
		}
	}
	var done struct{}
	return app.Ask(ctx, options(c, a.Storage), app.SetOAuthApp, input, &done)
}
