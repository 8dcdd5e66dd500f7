package main

import (
	"context"

	"paceline/app"
)

// credentialsCommand locks and unlocks what calls are made with.
type credentialsCommand struct {
	Lock   lockCommand   `cmd:"" help:"Open no credential any more, on every server of the installation."`
	Unlock unlockCommand `cmd:"" help:"Open credentials again for calls."`
}

// Help says what goes on meanwhile.
func (credentialsCommand) Help() string {
	return "While credentials are locked nothing is called with one. Console and API serve, credentials can be entered, transactions wait and go on by themselves afterwards. Webhooks that are checked with a secret are told to come later."
}

type lockCommand struct {
	app.Storage `embed:""`
}

// Run locks.
func (l *lockCommand) Run(ctx context.Context, c *console) error {
	return lockCredentials(ctx, c, l.Storage, true, "Credentials are locked: every server heeds it within five seconds.\n", "Credentials are locked already.\n")
}

type unlockCommand struct {
	app.Storage `embed:""`
}

// Run unlocks.
func (u *unlockCommand) Run(ctx context.Context, c *console) error {
	return lockCredentials(ctx, c, u.Storage, false, "Credentials are unlocked: what waits goes on within half a minute.\n", "Credentials are not locked.\n")
}

func lockCredentials(ctx context.Context, c *console, storage app.Storage, lock bool, done, already string) error {
	var out app.CredentialsLocked
	if err := app.Ask(ctx, options(c, storage), app.LockCredentials, app.CredentialLock{Lock: lock}, &out); err != nil {
		return err
	}
	if !out.Changed {
		done = already
	}
	c.printf("%s", done)
	return nil
}
