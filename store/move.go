package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"paceline"
)

// Facts about a move. A source keeps its own for ever, so that nobody serves from it again.
const (
	metaMoveTo   = aboutMove + "to"   // of a source: moveNote
	metaMoveFrom = aboutMove + "from" // of a target, while it is filled: the number of the move
)

// moveNote is what a source says of its move.
type moveNote struct {
	ID   string
	To   string // for people
	Done paceline.Micros
}

// Moving says what is moved where to.
type Moving struct {
	From, To Options
	Name     string // of the target, for people: without a password
	Tell     func(Carried)
}

// Move carries a database into an empty one, counts the rows of both, and closes the source for good. Cut off, it goes on
// where it was; until then nobody serves from either. It returns how many rows there are.
func Move(ctx context.Context, o Moving) (rows int64, err error) {
	from, err := Open(ctx, o.From)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	o.To.Aside = true
	to, err := Open(ctx, o.To)
	if err != nil {
		return 0, fmt.Errorf("the target: %w", err)
	}
	defer to.Close()
	note, err := from.moveNote(ctx)
	if err != nil {
		return 0, err
	}
	mark, err := to.moveMark(ctx)
	switch {
	case err != nil:
		return 0, err
	case mark != "" && mark == note.ID: // goes on
	case note.Done != 0:
		return 0, note.refuses()
	default: // a target that has a part of an earlier move of this number is not told from a strange one any more
		if err := mustBeEmpty(ctx, to); err != nil {
			return 0, fmt.Errorf("the target: %w", err)
		}
		note = moveNote{ID: paceline.NewHexSecret(8), To: o.Name}
	}
	if err := from.setMoveNote(ctx, note); err != nil {
		return 0, err
	}
	err = to.InTx(ctx, paceline.Scope{}, func(tx *Tx) error {
		if _, err := tx.exec(sqlForget, metaRestorePart); err != nil { // of one that was cut off before the first row
			return err
		}
		return tx.SetMeta(metaMoveFrom, []byte(note.ID))
	})
	if err != nil {
		return 0, err
	}
	if rows, err = from.CarryTo(ctx, to, o.Tell); err != nil {
		return rows, err
	}
	if note.Done == 0 {
		note.Done = paceline.ToMicros(from.clock.Now())
	}
	if err := from.setMoveNote(ctx, note); err != nil {
		return rows, err
	}
	return rows, to.InTx(ctx, paceline.Scope{}, func(tx *Tx) error {
		_, err := tx.exec(sqlForget, metaMoveFrom)
		return err
	})
}

// sqlForget removes a fact about the installation.
const sqlForget = `DELETE FROM meta WHERE name = $1`

// GiveUpMove lets a source be served from again whose move was not finished. What the target has of it is useless then.
func (s *Store) GiveUpMove(ctx context.Context) error {
	note, err := s.moveNote(ctx)
	switch {
	case err != nil:
		return err
	case note.ID == "":
		return errors.New("no move was begun")
	case note.Done != 0:
		return note.refuses()
	}
	return s.InTx(ctx, paceline.Scope{}, func(tx *Tx) error {
		_, err := tx.exec(sqlForget, metaMoveTo)
		return err
	})
}

// MayServe refuses a database that was moved away, or that a move or a restore is not finished with.
func (s *Store) MayServe(ctx context.Context) error {
	note, err := s.moveNote(ctx)
	if err != nil {
		return err
	}
	if note.ID != "" {
		return note.refuses()
	}
	mark, err := s.moveMark(ctx)
	if err == nil && mark != "" {
		err = errors.New("a move into this database is not finished: run 'paceline move' again")
	}
	if err != nil {
		return err
	}
	return s.Read(ctx, func(tx *Tx) error {
		_, part, err := tx.Meta(metaRestorePart)
		if err == nil && part {
			err = errors.New("a restore into this database was cut off: empty the database, and run 'paceline restore' again")
		}
		return err
	})
}

func (n moveNote) refuses() error {
	if n.Done != 0 {
		return fmt.Errorf("this database was moved to %s at %s, and is no longer served from", n.To, n.Done.Time().UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return fmt.Errorf("a move of this database to %s is not finished: run 'paceline move' again, or give it up with 'paceline move --give-up'", n.To)
}

func (s *Store) moveNote(ctx context.Context) (note moveNote, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		note = moveNote{}
		text, found, err := tx.Meta(metaMoveTo)
		if err != nil || !found {
			return err
		}
		return json.Unmarshal(text, &note)
	})
	return note, err
}

func (s *Store) setMoveNote(ctx context.Context, note moveNote) error {
	text, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return s.InTx(ctx, paceline.Scope{}, func(tx *Tx) error { return tx.SetMeta(metaMoveTo, text) })
}

func (s *Store) moveMark(ctx context.Context) (mark string, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		text, _, err := tx.Meta(metaMoveFrom)
		mark = string(text)
		return err
	})
	return mark, err
}
