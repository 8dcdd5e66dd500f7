package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"paceline/app"
)

// nodesCommand lists the servers that share a database.
type nodesCommand struct {
	app.Storage `embed:""`
}

// Run prints a line for each.
func (n *nodesCommand) Run(ctx context.Context, c *console) error {
	var list app.NodeList
	if err := app.Ask(ctx, options(c, n.Storage), app.ListNodes, struct{}{}, &list); err != nil {
		return err
	}
	if len(list.Nodes) == 0 {
		c.printf("no nodes: a server without --node-addr is alone on its database\n")
		return nil
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tADDRESS\tVERSION\tEPOCH\tSTATE\tLEASE\tSINCE\tSHARDS\tQUEUED\tOLDEST\tLAG")
	for _, e := range list.Nodes {
		fmt.Fprintf(table, "%d\t%s\t%s\t%d\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", e.ID, e.Address, e.Version, e.Epoch, e.State, e.Lease, e.Since, e.Shards, e.Queued, orDash(e.Oldest), orDash(e.Lag))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if list.Free > 0 {
		c.printf("%d of 256 shards have no node\n", list.Free)
	}
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
