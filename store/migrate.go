package store

import (
	"context"
	"embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one numbered file: applied once, whole or not at all, and never changed afterwards.
type migration struct {
	version int
	name    string
	text    string
}

var (
	migrations    = readMigrations()
	latestVersion = migrations[len(migrations)-1].version
)

func readMigrations() []migration {
	entries, err := migrationFiles.ReadDir("migrations") // sorted by name, so by number
	if err != nil {
		panic(err)
	}
	var list []migration
	for _, e := range entries {
		text, err := migrationFiles.ReadFile("migrations/" + e.Name())
		if err != nil {
			panic(err)
		}
		number, name, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".sql"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || name == "" {
			panic("store: a migration is named NNNN_name.sql, not " + e.Name())
		}
		list = append(list, migration{version, name, string(text)})
	}
	return list
}

// migrate applies the migrations up to version that the database lacks, each in a transaction of its
// own, which inTx makes on db. The caller holds the lock that keeps other processes out.
func migrate(ctx context.Context, db executor, list []migration, version int, inTx func(func() error) error) error {
	_, postgres := db.(*postgresConn)
	adapt := sqliteSchema
	if postgres {
		adapt = postgresSchema
	}
	_, err := db.exec(ctx, adapt(`CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL)`), nil)
	if err == nil {
		_, err = db.exec(ctx, adapt(`CREATE TABLE IF NOT EXISTS schema_floor (version INTEGER PRIMARY KEY)`), nil)
	}
	if err != nil {
		return fmt.Errorf("create the list of migrations: %w", err)
	}
	applied := map[int]bool{}
	err = db.query(ctx, `SELECT version FROM migration ORDER BY version`, nil, func(r *Row) error {
		applied[int(r.Int(0))] = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the list of migrations: %w", err)
	}
	newest := 0
	for v := range applied {
		newest = max(newest, v)
	}
	if newest > latestVersion {
		floor, err := schemaFloor(ctx, db)
		if err == nil && (floor == 0 || floor > latestVersion) {
			err = fmt.Errorf("the database has schema version %d, this program knows %d: use a newer program", newest, latestVersion)
		}
		return err
	}
	for _, m := range list {
		if applied[m.version] || m.version > version {
			continue
		}
		err := inTx(func() error {
			for _, statement := range statements(m.text, postgres) {
				if _, err := db.exec(ctx, adapt(statement), nil); err != nil {
					return fmt.Errorf("%w (in %s)", err, firstWords(statement))
				}
			}
			_, err := db.exec(ctx, `INSERT INTO migration (version, name) VALUES ($1, $2)`, []any{int64(m.version), m.name})
			return err
		})
		if err != nil {
			return fmt.Errorf("migration %d (%s): %w", m.version, m.name, err)
		}
	}
	if version < latestVersion {
		return nil
	}
	return inTx(func() error {
		if floor, err := schemaFloor(ctx, db); err != nil || floor >= oldestSchema {
			return err
		}
		_, err := db.exec(ctx, `INSERT INTO schema_floor (version) VALUES ($1)`, []any{int64(oldestSchema)})
		return err
	})
}

// oldestSchema is the schema version of the release before this one (D-15). Its program works on this one's schema, so that an
// upgrade can be turned back by a release and nodes of both run side by side; what it needs is dropped a release later. Each
// release raises it. Before the first release there is none: it is the newest schema that changed what a program has to write.
var oldestSchema = 140 // a variable for programs of tests that are the next release

// schemaFloor returns what the newest program that has migrated the database gave as oldestSchema; 0: nothing.
func schemaFloor(ctx context.Context, db executor) (floor int, err error) {
	err = db.query(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_floor`, nil, func(r *Row) error {
		floor = int(r.Int(0))
		return nil
	})
	return floor, err
}

var (
	comment      = regexp.MustCompile(`(?m)--.*$`)
	postgresOnly = regexp.MustCompile(`(?m)^-- postgres: `)
)

// statements splits a migration at its semicolons; migrations hold no text with semicolons or --.
// Lines that begin with "-- postgres:" are statements there, and comments for SQLite: what they say is
// how PostgreSQL stores a table, never what is in it.
func statements(text string, postgres bool) []string {
	if postgres {
		text = postgresOnly.ReplaceAllString(text, "")
	}
	var list []string
	for part := range strings.SplitSeq(comment.ReplaceAllString(text, ""), ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

var (
	bigintKey = regexp.MustCompile(`\bBIGINT\s+(NOT NULL\s+)?PRIMARY KEY\b`)
	textType  = regexp.MustCompile(`\bTEXT\b`)
	blobType  = regexp.MustCompile(`\bBLOB\b`)
)

// sqliteSchema makes a BIGINT key the row's own number, which saves an index.
func sqliteSchema(statement string) string {
	return bigintKey.ReplaceAllString(statement, "INTEGER PRIMARY KEY")
}

// postgresSchema names the types as PostgreSQL does; text compares byte by byte, as in SQLite.
// WITHOUT ROWID, which keeps a table in the order of its key, is SQLite's alone.
func postgresSchema(statement string) string {
	statement = strings.ReplaceAll(blobType.ReplaceAllString(statement, "BYTEA"), "WITHOUT ROWID", "")
	return textType.ReplaceAllString(statement, `TEXT COLLATE "C"`)
}
