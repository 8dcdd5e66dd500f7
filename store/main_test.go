package store

import (
	"log/slog"
	"path/filepath"
	"testing"

	"paceline/store/storetest/testdb"
)

// eachStore runs f on a fresh store of either database. Tests of this package reach inside and so
// cannot use storetest, which imports it.
func eachStore(t *testing.T, f func(t *testing.T, s *Store)) {
	t.Helper()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, openTest(t, testOptions(t, name)))
		})
	}
}

func testOptions(t testing.TB, database string) Options {
	o := Options{BallastBytes: -1, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if database == "sqlite" {
		o.Path = filepath.Join(t.TempDir(), "paceline.db")
	} else {
		o.URL = testdb.New(t)
	}
	return o
}

func openTest(t testing.TB, o Options) *Store {
	t.Helper()
	o.CatchNesting = true
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
