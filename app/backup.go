package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"paceline/internal/seal"
	"paceline/store"
	"paceline/tenant"
)

// Backup writes a file with everything of the installation as it is at one moment, but the installation key. A server
// may run on it. tell is told of each table, where they are copied one by one.
func Backup(ctx context.Context, o Options, file string, tell func(table string, rows int64)) (at time.Time, err error) {
	if err := o.mustExist(); err != nil {
		return at, err
	}
	moment, err := store.Backup(ctx, o.store(), file, told(tell))
	return moment.Time(), err
}

func told(tell func(string, int64)) func(store.Carried) {
	return func(c store.Carried) { tell(c.Table, c.Rows) }
}

// Restoring says what is restored into the database of the options.
type Restoring struct {
	File    string
	Replace bool   // a database in the data folder makes room and is kept aside
	Since   string // file of SQLite or URL of PostgreSQL that knows what was revoked after the backup; "" for none
	Tell    func(table string, rows int64)
}

// Restored is what came of it.
type Restored struct {
	At      time.Time // the moment that the backup shows
	Kept    string    // where the database that was replaced lies, "" without one
	Revoked *store.Revocations
	Unread  error // why the database that was replaced could not tell what was revoked
}

// Restore puts a backup in the place of the database. The key must open it; no server runs on it.
func Restore(ctx context.Context, o Options, in Restoring) (Restored, error) {
	r := store.Restoring{File: in.File, To: o.store(), Replace: in.Replace, Tell: told(in.Tell), Check: o.keyOpens}
	switch {
	case in.Since == "":
	case strings.Contains(in.Since, "://"):
		r.Since = &store.Options{URL: in.Since, Logger: o.Logger}
	default:
		r.Since = &store.Options{Path: in.Since, BallastBytes: -1, Logger: o.Logger}
	}
	done, err := store.Restore(ctx, r)
	return Restored{done.At.Time(), done.Kept, done.Revoked, done.Unread}, err
}

// keyOpens finds the installation key and tries it.
func (o Options) keyOpens(ctx context.Context, s *store.Store) error {
	key, origin, found, err := o.Keys.Find()
	if err != nil {
		return err
	}
	if !found {
		return errors.New("the installation key of the backup is needed: give it with --key-file or PACELINE_KEY")
	}
	if _, err := tenant.OpenInstallation(ctx, s, seal.New(key)); err != nil {
		return fmt.Errorf("%w (tried %s)", err, origin)
	}
	return nil
}

// Move carries the database of the data folder into an empty one of PostgreSQL and closes the old one for good. Cut off,
// it goes on when it is called again.
func Move(ctx context.Context, o Options, to string, tell func(table string, rows int64)) (rows int64, err error) {
	if !o.Storage.SQLite() {
		return 0, errors.New("only the database of a data folder is moved: leave --database-url away")
	}
	if err := databaseURL(to); err != nil {
		return 0, fmt.Errorf("--to: %w", err)
	}
	if err := o.mustExist(); err != nil {
		return 0, err
	}
	return store.Move(ctx, store.Moving{From: o.store(), To: store.Options{URL: to, Clock: o.Clock, Logger: o.Logger}, Name: placeOf(to), Tell: told(tell)})
}

// placeOf names a database without the password.
func placeOf(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return "PostgreSQL"
	}
	return u.Host + u.Path
}

// GiveUpMove lets a server start on the data folder again whose move was not finished.
func GiveUpMove(ctx context.Context, o Options) error {
	if err := o.mustExist(); err != nil {
		return err
	}
	s, err := store.Open(ctx, o.store())
	if err != nil {
		return err
	}
	return errors.Join(s.GiveUpMove(ctx), s.Close())
}
