package main

import (
	"context"

	"paceline/app"
)

// pruneCommand removes what is over its retention.
type pruneCommand struct {
	app.Storage `embed:""`
}

// Help says that it is seldom needed.
func (pruneCommand) Help() string {
	return "A running server does this by itself while it has nothing else to write. The command is for the time after a restore, or when a disk must have room now; it works on a full disk, too."
}

// Run prunes until nothing is left.
func (p *pruneCommand) Run(ctx context.Context, c *console) error {
	var all app.Pruned
	for {
		var some app.Pruned
		if err := app.Ask(ctx, options(c, p.Storage), app.Prune, struct{}{}, &some); err != nil {
			return err
		}
		all.Payloads, all.Rows = all.Payloads+some.Payloads, all.Rows+some.Rows
		all.Copies, all.Blobs = all.Copies+some.Copies, all.Blobs+some.Blobs
		if !some.More {
			break
		}
	}
	c.printf("Removed the payloads of %d transactions, %d transactions altogether, %d copies of cycles and %d payloads that nothing names.\n", all.Payloads, all.Rows, all.Copies, all.Blobs)
	return nil
}
