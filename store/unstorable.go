package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"
)

// ErrUnstorable says that the database refuses an op for what is in it, a constraint or a size, and will whenever it is
// sent: no outage, no full disk and no conflict with others. Nothing of the op is stored.
var ErrUnstorable = errors.New("the database refuses what is to be stored")

// asUnstorable marks the error of an op that was refused alone, if its content is the cause.
func asUnstorable(err error) error {
	if refusesContent(err) {
		return fmt.Errorf("%w: %w", ErrUnstorable, err)
	}
	return err
}

func refusesContent(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code[:2] {
		case "22", "23", "54": // data, integrity, limits of the program
			return true
		}
		return false
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultConstraint, sqlite.ResultTooBig, sqlite.ResultMismatch, sqlite.ResultRange:
		return true
	}
	return false
}
