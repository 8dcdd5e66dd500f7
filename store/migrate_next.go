//go:build testnext

package store

import "os"

// A program that is built so is the release after this one, or with PACELINE_TEST_RELEASE=2 the one after that. Each brings a
// migration, and lets the release before it run on what came of it (D-15). None that is shipped is built so.
func init() {
	add := func(name, text string) {
		oldestSchema, latestVersion = latestVersion, latestVersion+1
		migrations = append(migrations, migration{latestVersion, name, text})
	}
	add("next release", `CREATE TABLE next_release (num BIGINT NOT NULL PRIMARY KEY);
		ALTER TABLE cycle ADD COLUMN next_release TEXT NOT NULL DEFAULT '';
		ALTER TABLE run ADD COLUMN next_release BIGINT NOT NULL DEFAULT 0;
		ALTER TABLE node ADD COLUMN next_release TEXT NOT NULL DEFAULT '';
		UPDATE cycle SET next_release = name`)
	if os.Getenv("PACELINE_TEST_RELEASE") == "2" {
		add("release after the next", `DROP TABLE next_release`)
	}
}
