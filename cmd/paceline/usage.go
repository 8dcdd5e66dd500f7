package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"paceline/app"
)

// usageCommand looks after what accounts are billed by.
type usageCommand struct {
	Verify usageVerifyCommand `cmd:"" help:"Recompute the tasks of the last 38 days from the steps that were run, and name what differs."`
}

type usageVerifyCommand struct {
	app.Storage `embed:""`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run compares; differences end it as failed.
func (u *usageVerifyCommand) Run(ctx context.Context, c *console) error {
	var check app.UsageCheck
	if err := app.Ask(ctx, options(c, u.Storage), app.VerifyUsage, app.OfPartner{Partner: u.Partner}, &check); err != nil {
		return err
	}
	c.printf("%d sums of %d accounts from %s to %s: %d differences\n", check.Sums, check.Accounts, check.First, check.Last, len(check.Differences))
	if len(check.Differences) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ACCOUNT\tCYCLE\tCONNECTOR\tMETHOD\tDAY\tTASKS\tCOUNTED\tBY THE STEPS")
	for _, d := range check.Differences {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\t%d\t%s\n", d.Account, d.Cycle, d.Connector, d.Method, d.Day, d.Tasks, d.Stored, d.Expected)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return errShown
}
