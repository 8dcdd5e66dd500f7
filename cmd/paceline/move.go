package main

import (
	"context"
	"errors"

	"paceline/app"
)

// moveCommand moves a data folder's database to PostgreSQL.
type moveCommand struct {
	app.Storage `embed:""`
	To          string `placeholder:"URL" help:"Empty PostgreSQL database: postgres://user:password@host:5432/database."`
	GiveUp      bool   `name:"give-up" help:"Let a server start on the data folder again, whose move was not finished."`
}

// Help says how it ends.
func (moveCommand) Help() string {
	return `Stop the server first. Everything is copied with its numbers and ids, so that addresses, tokens and links stay what they are; the rows of every table are counted in both. Then the old database is closed for good: no server starts on it any more, and it may be kept as a backup.

Cut off, the command goes on where it was when it is run again. Until it is done no server starts on either database.

The installation key stays the same and is not copied: give PostgreSQL's server the file with --key-file.`
}

var errToOrGiveUp = errors.New("give either --to or --give-up")

// Run moves.
func (m *moveCommand) Run(ctx context.Context, c *console) error {
	if m.GiveUp == (m.To != "") {
		return notRun{errToOrGiveUp}
	}
	if m.GiveUp {
		if err := app.GiveUpMove(ctx, options(c, m.Storage)); err != nil {
			return err
		}
		c.printf("The move is given up: a server may start on %s again.\n", m.Data)
		return nil
	}
	rows, err := app.Move(ctx, options(c, m.Storage), m.To, tables(c))
	if err != nil {
		return err
	}
	c.printf("Moved %d rows, and counted them in both. The old database is closed; start the server with --database-url and --key-file from now on.\n", rows)
	return nil
}
