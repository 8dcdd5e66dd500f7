package storetest

import (
	"log/slog"
	"path/filepath"
	"testing"

	"paceline"
	"paceline/store"
	"paceline/store/storetest/testdb"
)

// Run runs f as subtests "sqlite" and "postgres". Each call of open makes a new, empty store, which
// is closed when the test ends.
func Run(t *testing.T, f func(t *testing.T, open func(*testing.T) *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) *store.Store { return Open(t, SQLite(t)) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) *store.Store { return Open(t, Postgres(t)) })
	})
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	o.CatchNesting = true
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal("open the store:", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close the store:", err)
		}
	})
	return s
}

// SQLite returns options for a new database in a folder of the test.
func SQLite(t testing.TB) store.Options {
	t.Helper()
	return store.Options{Path: filepath.Join(t.TempDir(), "paceline.db"), BallastBytes: -1, Logger: logger(t)}
}

// Postgres returns options for a new, empty database, which is dropped when the test ends. The server
// is the one that PACELINE_TEST_POSTGRES names, else the local one.
func Postgres(t testing.TB) store.Options {
	t.Helper()
	return store.Options{URL: testdb.New(t), Logger: logger(t)}
}

func logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// SetState gives a cycle the state that it has in memory, whatever it was before.
func SetState(tx *store.Tx, c paceline.Cycle) error {
	any := []paceline.CycleState{paceline.CyclePaused, paceline.CycleActivating, paceline.CycleActive, paceline.CycleFinishing,
		paceline.CycleStopped, paceline.CycleError, paceline.CycleDeleted}
	return tx.SetCycleState(&paceline.Arrow[paceline.CycleState]{By: "a test", From: any, To: c.State}, &c)
}
