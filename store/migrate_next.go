package store

// testRelease is set by the linker alone, in programs that tests build: "1" in the release after this one, "2" in the one after that.
// Each brings a migration, and lets the release before it run on what came of it (D-15).
var testRelease string

func init() {
	if testRelease == "" {
		return
	}
	add := func(name, text string) {
		oldestSchema, latestVersion = latestVersion, latestVersion+1
		migrations = append(migrations, migration{latestVersion, name, text})
	}
	add("next release", `CREATE TABLE next_release (num BIGINT NOT NULL PRIMARY KEY);
		ALTER TABLE cycle ADD COLUMN next_release TEXT NOT NULL DEFAULT '';
		ALTER TABLE run ADD COLUMN next_release BIGINT NOT NULL DEFAULT 0;
		ALTER TABLE node ADD COLUMN next_release TEXT NOT NULL DEFAULT '';
		UPDATE cycle SET next_release = name`)
	if testRelease == "2" {
		add("release after the next", `DROP TABLE next_release`)
	}
}
