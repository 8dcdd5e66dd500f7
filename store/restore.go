package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"paceline"
)

// Restoring says what is restored, and where.
type Restoring struct {
	File string  // of Backup
	To   Options // an empty database of PostgreSQL, or a file of SQLite
	// Replace lets a file of SQLite that is there make room: it is kept aside, and what it has revoked stays revoked.
	Replace bool
	// Since is another database that knows what was revoked after the backup; nil for none.
	Since *Options
	// Check is asked before anything is replaced, such as whether the key fits; nil for nothing.
	Check func(context.Context, *Store) error
	Tell  func(Carried)
}

// Restored is what came of it.
type Restored struct {
	At   paceline.Micros // the moment that the backup shows
	Kept string          // where the replaced database lies, "" without one
	// Revoked tells what was taken over from the database that knows what was revoked since; nil without one. Unread is why
	// the replaced one could not tell.
	Revoked *Revocations
	Unread  error
}

// Restore puts a backup in the place of a database. Nobody serves from it meanwhile. Bearer tokens, sessions and links of
// the backup are ended; schedules go on with their next slot, and fire none that has passed; transactions that were live go
// on; new ones get numbers that none had which came after the backup, since idempotency keys and public ids are made of them.
func Restore(ctx context.Context, o Restoring) (done Restored, err error) {
	if o.To.Clock == nil {
		o.To.Clock = paceline.SystemClock{}
	}
	if o.To.Path != "" {
		return restoreFile(ctx, o)
	}
	folder, err := os.MkdirTemp(filepath.Dir(o.File), ".paceline-restore-")
	if err != nil {
		return done, err
	}
	defer os.RemoveAll(folder)
	from, at, err := openBackup(ctx, o, folder)
	if err != nil {
		return done, err
	}
	defer from.Close()
	done.At = at
	since, err := o.since(ctx, from)
	if err != nil {
		return done, err
	}
	options := o.To
	options.Aside = true
	to, err := Open(ctx, options)
	if err != nil {
		return done, err
	}
	defer to.Close()
	if err := mustBeEmpty(ctx, to); err != nil {
		return done, err
	}
	// What is carried is committed bit by bit, and lets in whom the present does not until comeBack.
	err = to.InTx(ctx, paceline.Scope{}, func(tx *Tx) error { return tx.SetMeta(metaRestorePart, []byte{1}) })
	if err != nil {
		return done, err
	}
	if _, err := from.CarryTo(ctx, to, o.Tell); err != nil {
		return done, err
	}
	done.Revoked, err = to.comeBack(ctx, since)
	return done, err
}

// metaRestorePart marks a database that a restore has begun to fill.
const metaRestorePart = "restore.part"

// since reads what the database that was named knows of what was revoked; nil without one.
func (o *Restoring) since(ctx context.Context, backup *Store) (since *knownSince, err error) {
	if o.Since == nil {
		return nil, nil
	}
	if since, err = readSince(ctx, *o.Since, backup); err != nil {
		return nil, fmt.Errorf("what was revoked since: %w", err)
	}
	return since, nil
}

// openBackup opens a copy of the backup, brings its schema up to date and asks the check.
func openBackup(ctx context.Context, o Restoring, folder string) (s *Store, at paceline.Micros, err error) {
	part := filepath.Join(folder, "paceline.db")
	if err := copyFile(ctx, o.File, part); err != nil {
		return nil, 0, err
	}
	s, err = Open(ctx, Options{Path: part, BallastBytes: -1, Logger: o.To.Logger, Clock: o.To.Clock})
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", o.File, err)
	}
	err = s.InTx(ctx, paceline.Scope{}, func(tx *Tx) (err error) {
		at, err = tx.takeBackupMark()
		return err
	})
	if err == nil && at == 0 {
		err = fmt.Errorf("%s is no backup", o.File)
	}
	if err == nil && o.Check != nil {
		err = o.Check(ctx, s)
	}
	if err != nil {
		s.Close()
		return nil, 0, err
	}
	return s, at, nil
}

func copyFile(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { in.Close() })()
	_, err = io.Copy(out, in)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// mustBeEmpty refuses a database in which somebody has been, or a part of a copy was left.
func mustBeEmpty(ctx context.Context, s *Store) error {
	all, err := layouts()
	if err != nil {
		return err
	}
	return s.Read(ctx, func(tx *Tx) error {
		for i := range all {
			used, err := tx.one(`SELECT 1 FROM `+all[i].name+` WHERE 1 = 1`+all[i].own()+` LIMIT 1`, nil, nobody)
			if err == nil && used {
				err = fmt.Errorf("the database is not empty (%s): take one that is", all[i].name)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// restoreFile restores into the folder of a file of SQLite.
func restoreFile(ctx context.Context, o Restoring) (done Restored, err error) {
	folder := filepath.Dir(o.To.Path)
	if _, err := os.Stat(o.File); err != nil { // or a mistyped one leaves a folder
		return done, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return done, err
	}
	_, err = os.Lstat(o.To.Path)
	there := err == nil
	if there && !o.Replace {
		return done, fmt.Errorf("%s is there: with --replace it makes room, and is kept aside", o.To.Path)
	}
	part, err := os.MkdirTemp(folder, ".restore-")
	if err != nil {
		return done, err
	}
	defer os.RemoveAll(part)
	s, at, err := openBackup(ctx, o, part)
	if err != nil {
		return done, err
	}
	done.At = at
	since, err := o.since(ctx, s)
	if err == nil && there && since == nil {
		var locked *LockedError
		if since, done.Unread = readSince(ctx, o.To, s); errors.As(done.Unread, &locked) {
			err = locked
		}
	}
	var lock *os.File
	if err == nil {
		lock, err = lockFolder(folder)
	}
	if err != nil {
		return done, errors.Join(err, s.Close())
	}
	defer lock.Close()
	done.Revoked, err = s.comeBack(ctx, since)
	if err = errors.Join(err, s.Close()); err != nil {
		return done, err
	}
	if there {
		done.Kept = o.To.Path + ".replaced-" + o.To.Clock.Now().UTC().Format("20060102-150405")
		if err := moveAside(o.To.Path, done.Kept); err != nil {
			return done, err
		}
	}
	if err := os.Rename(filepath.Join(part, "paceline.db"), o.To.Path); err != nil {
		return done, err
	}
	return done, syncFolder(folder)
}

// moveAside renames a database with what may lie beside it.
func moveAside(path, to string) error {
	for _, suffix := range []string{"-shm", "-wal", ""} {
		if err := os.Rename(path+suffix, to+suffix); err != nil && !(suffix != "" && errors.Is(err, os.ErrNotExist)) {
			return err
		}
	}
	return nil
}

// runsAhead is by how much the numbers of transactions go on behind those of a backup: more than any installation has had
// since, and a small part of what there is.
const runsAhead = 1 << 30

// The statements of a restore see the whole installation.
const (
	sqlRunsAhead = `UPDATE counter SET last = last + $1 WHERE name = 'run'`
	sqlSlotsOver = `UPDATE schedule SET next_due = $1 WHERE next_due < $1`
)

// bearers are the tables of what lets somebody in who holds it.
var bearers = []string{"access_token", "sign_in_token", "setup_token", "embed_session", "oauth_state", "oauth_lease", "first_run_link", "invitation"}

// comeBack makes a restored database fit for the present.
func (s *Store) comeBack(ctx context.Context, since *knownSince) (revoked *Revocations, err error) {
	err = s.InTx(ctx, paceline.Scope{}, func(tx *Tx) error {
		for _, table := range bearers {
			if _, err := tx.exec(`DELETE FROM ` + table); err != nil {
				return err
			}
		}
		if _, err := tx.exec(sqlRunsAhead, runsAhead); err != nil {
			return err
		}
		if _, err := tx.exec(sqlSlotsOver, tx.Now()+1); err != nil {
			return err
		}
		if err := tx.AcquitAll(); err != nil { // nobody has died: a backup is made of a server that lives
			return err
		}
		for _, fact := range []string{metaDeaths, metaMoveTo} { // a backup of a database that was moved away is no source of a move
			if _, err := tx.exec(sqlForget, fact); err != nil {
				return err
			}
		}
		partners, err := tx.Partners()
		if err != nil {
			return err
		}
		for _, p := range partners {
			err := tx.InsertAudit(paceline.Scope{Partner: p.Num}, paceline.AuditEvent{
				Partner: p.Num, At: tx.Now(), Actor: "system", Action: "installation.restored", Subject: "partner", SubjectID: string(p.ID),
			})
			if err != nil {
				return err
			}
		}
		if revoked, err = since.apply(tx); err != nil {
			return err
		}
		_, err = tx.exec(sqlForget, metaRestorePart)
		return err
	})
	return revoked, err
}

// takeBackupMark returns when a backup was made, 0 for a database that is none, and removes the mark.
func (tx *Tx) takeBackupMark() (paceline.Micros, error) {
	text, found, err := tx.Meta(metaBackup)
	if err != nil || !found {
		return 0, err
	}
	at, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("when the backup was made: %w", err)
	}
	_, err = tx.exec(sqlForget, metaBackup)
	return paceline.Micros(at), err
}
