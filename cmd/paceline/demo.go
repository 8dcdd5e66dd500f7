package main

import (
	"context"
	"errors"

	"paceline/app"
)

// demoCommand shows the demo of a data folder, sends it an event, or ends it.
type demoCommand struct {
	Show  demoShowCommand  `cmd:"" default:"withargs" help:"Show the demo's addresses and credentials, or end it with --off."`
	Event demoEventCommand `cmd:"" help:"Open an issue at the GitHub stand-in and watch it become a ticket."`
}

// Help says where the demo comes from.
func (demoCommand) Help() string {
	return "'paceline serve --demo' on an empty data folder makes the demo: two accounts with a running integration, a GitHub stand-in and a small CRM."
}

type demoShowCommand struct {
	app.Storage `embed:""`
	Off         bool `help:"End the demo: stop its cycles, revoke its credential and forget it. Accounts and their history stay."`
}

// Run shows or ends.
func (d *demoShowCommand) Run(ctx context.Context, c *console) error {
	if d.Off {
		var ended app.DemoEnded
		if err := app.Ask(ctx, options(c, d.Storage), app.EndDemo, struct{}{}, &ended); err != nil {
			return err
		}
		c.printf("The demo has ended: %d cycles stopped, its credential revoked.\n", ended.Stopped)
		return nil
	}
	demo, err := readDemo(d.Storage)
	if err != nil {
		return err
	}
	c.printf("API:            %s\nClient id:      %s\nClient secret:  %s\n", demo.Address, demo.ClientID, demo.ClientSecret)
	if demo.AdminUser != "" {
		c.printf("Administrator:  %s   %s\n", demo.AdminUser, demo.AdminPassword)
	}
	c.printf("GitHub:         %s   token %s\nHarbour CRM:    %s   key %s\nWebhook secret: %s\n",
		demo.GitHubURL, demo.GitHubToken, demo.CRMURL, demo.CRMKey, demo.WebhookSecret)
	for _, account := range []string{app.DemoAccount, app.DemoSubAccount} {
		c.printf("Cycle of %s: %s\n", account, demo.Cycles[account])
	}
	return nil
}

func readDemo(storage app.Storage) (app.Demo, error) {
	demo, found, err := app.ReadDemo(storage.Data)
	if err != nil {
		return demo, err
	}
	if !found || !demo.Complete {
		return demo, errors.New("there is no demo in " + storage.Data + ": 'paceline serve --demo' makes one in an empty folder")
	}
	return demo, nil
}
