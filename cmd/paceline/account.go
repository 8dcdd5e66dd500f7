package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"paceline/app"
)

// accountCommand works on accounts, in a running server or, when none runs, in its database.
type accountCommand struct {
	List   accountListCommand   `cmd:"" help:"List accounts and sub accounts."`
	Create accountCreateCommand `cmd:"" help:"Create an account or a sub account."`
}

type accountListCommand struct {
	app.Storage `embed:""`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run lists.
func (l *accountListCommand) Run(ctx context.Context, c *console) error {
	var accounts app.AccountList
	if err := app.Ask(ctx, options(c, l.Storage), app.ListAccounts, app.OfPartner{Partner: l.Partner}, &accounts); err != nil {
		return err
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tPARENT\tSTATE")
	for _, a := range accounts.Accounts {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", a.ID, a.Name, a.Parent, a.State)
	}
	return table.Flush()
}

type accountCreateCommand struct {
	app.Storage `embed:""`
	Name        string `arg:"" help:"Name of the account."`
	ID          string `name:"id" placeholder:"ID" help:"API id of the account. Default: a UUID."`
	Parent      string `placeholder:"ID" help:"API id of the parent, for a sub account."`
	Timezone    string `placeholder:"ZONE" help:"Time zone such as Europe/Berlin. Default: Etc/UTC."`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run creates.
func (a *accountCreateCommand) Run(ctx context.Context, c *console) error {
	input := app.NewAccount{OfPartner: app.OfPartner{Partner: a.Partner}, ID: a.ID, Name: a.Name, Parent: a.Parent, Timezone: a.Timezone}
	var account app.AccountEntry
	if err := app.Ask(ctx, options(c, a.Storage), app.CreateAccount, input, &account); err != nil {
		return err
	}
	c.printf("%s\n", account.ID)
	return nil
}
