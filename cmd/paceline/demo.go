package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	Shell       bool `help:"Print addresses and credentials as shell variables, for eval."`
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
	if d.Shell {
		c.printf("%s", shellVariables(demo))
		return nil
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

// shellVariables are assignments that a POSIX shell can evaluate.
func shellVariables(demo app.Demo) string {
	var b strings.Builder
	for _, v := range []struct{ name, value string }{
		{"PACELINE", demo.Address}, {"CLIENT_ID", demo.ClientID}, {"CLIENT_SECRET", demo.ClientSecret},
		{"GITHUB_URL", demo.GitHubURL}, {"GITHUB_TOKEN", demo.GitHubToken},
		{"CRM_URL", demo.CRMURL}, {"CRM_KEY", demo.CRMKey}, {"WEBHOOK_SECRET", demo.WebhookSecret},
	} {
		fmt.Fprintf(&b, "%s='%s'\n", v.name, strings.ReplaceAll(v.value, "'", `'\''`))
	}
	return b.String()
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
