package main

import (
	"context"

	"paceline/app"
)

// migrateCommand brings the database up to date, so that a rollout can do it before servers start.
type migrateCommand struct {
	app.Storage `embed:""`
}

// Help says that it is seldom needed.
func (migrateCommand) Help() string {
	return "Every start does this too; the command is for rollouts that want it done first. Schema changes only go forward, and a server of the previous version works with the new schema."
}

// Run opens the database, which migrates it.
func (m *migrateCommand) Run(ctx context.Context, c *console) error {
	base, err := openBase(ctx, c, m.Storage)
	if err != nil {
		return err
	}
	if err := base.Close(); err != nil {
		return err
	}
	c.printf("The database is up to date.\n")
	return nil
}
