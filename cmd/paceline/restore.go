package main

import (
	"context"

	"paceline/app"
)

// restoreCommand puts a backup in the place of a database.
type restoreCommand struct {
	app.Storage `embed:""`
	File        string `arg:"" type:"path" help:"Backup to restore."`
	Replace     bool   `help:"Replace the database of the data folder. It is kept beside the new one, and what it has revoked stays revoked."`
	Since       string `placeholder:"FILE|URL" help:"Another database that knows what was revoked after the backup: a file of SQLite, or a PostgreSQL URL."`
}

// Help says what becomes of what was running.
func (restoreCommand) Help() string {
	return `Stop the server first. The data folder must have no database, or give --replace; a PostgreSQL database must be empty. The installation key must be the one of the time of the backup.

What the replaced database, or that of --since, has revoked stays revoked: clients, people, their access and what they administer, suspended and deleted accounts, credentials of connectors, apps at vendors. Passwords, second factors, credentials and apps' secrets that it has changed are taken over. It must be there, and of the same installation. Bearer tokens, sessions, sign-in and set-up links of the backup end in any case.

Schedules go on with their next slot; none that has passed fires. Transactions that were live go on from where the backup shows them: calls that were made after it are made again, under the same idempotency keys.`
}

// Run restores.
func (r *restoreCommand) Run(ctx context.Context, c *console) error {
	done, err := app.Restore(ctx, options(c, r.Storage), app.Restoring{File: r.File, Replace: r.Replace, Since: r.Since, Tell: tables(c)})
	if err != nil {
		return err
	}
	c.printf("Restored the installation as of %s. Access tokens, sessions and links of that time have ended.\n", moment(done.At))
	if done.Kept != "" {
		c.printf("The database that it replaces lies in %s.\n", done.Kept)
	}
	switch n := done.Revoked; {
	case done.Unread != nil:
		c.printf("What was revoked after the backup is NOT known, since the replaced database cannot be read (%v): revoke it again.\n", done.Unread)
	case n == nil:
		c.printf("What was revoked after the backup is NOT known here: revoke it again, or restore with --since.\n")
	default:
		c.printf("Taken over from the newer database: %d clients, %d people, %d accesses, %d second factors, %d accounts, %d credentials, %d apps at vendors.\n",
			n.Clients, n.People, n.Members, n.Factors, n.Accounts, n.Credentials, n.Apps)
	}
	return nil
}
