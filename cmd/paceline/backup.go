package main

import (
	"context"
	"time"

	"paceline/app"
)

// backupCommand writes a backup.
type backupCommand struct {
	app.Storage `embed:""`
	Out         string `required:"" type:"path" placeholder:"FILE" help:"File to write; one that is there is never replaced."`
}

// Help says what is in it.
func (backupCommand) Help() string {
	return `The file shows one moment, whichever database it comes from, and holds everything: payloads, flows, accounts, sealed credentials. A server may run meanwhile. It is checked before the command ends.

The installation key is not in it, on purpose: whoever has both can read every secret. Keep a copy of the key in another place. Names, addresses and flows are not sealed, so keep the file as safe as the database.

'paceline restore' takes it back, on SQLite or on PostgreSQL.`
}

// Run writes it.
func (b *backupCommand) Run(ctx context.Context, c *console) error {
	at, err := app.Backup(ctx, options(c, b.Storage), b.Out, tables(c))
	if err != nil {
		return err
	}
	c.printf("Wrote %s, as of %s. The installation key is not in it: keep a copy of the key in another place.\n", b.Out, moment(at))
	return nil
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

// tables tells of each table that was copied.
func tables(c *console) func(table string, rows int64) {
	return func(table string, rows int64) {
		if rows > 0 {
			c.printf("%12d  %s\n", rows, table)
		}
	}
}
