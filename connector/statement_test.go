package connector

import (
	"strings"
	"testing"
)

// TestParseStatement: what binds a value and what does not, in both dialects.
func TestParseStatement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mysql       bool
		text, want  string // values written as <name>
		wrong       string
		writes, ret bool
	}{
		{text: "SELECT * FROM t WHERE id = :id AND name = :{customer.name}", want: "SELECT * FROM t WHERE id = <id> AND name = <customer.name>"},
		{text: "SELECT ':a', \":b\", E'\\':c', $$:d$$, $x$:e$x$, f::text, g[1:2] -- :h\n/* :i /* :j */ */ FROM t", want: "SELECT ':a', \":b\", E'\\':c', $$:d$$, $x$:e$x$, f::text, g[1:2] -- :h\n/* :i /* :j */ */ FROM t"},
		{text: "SELECT 'it''s :a' || :b ;  ", want: "SELECT 'it''s :a' || <b>"},
		{text: `SELECT '\' || :a || '\'`, want: `SELECT '\' || <a> || '\'`},
		{mysql: true, text: "SELECT '\\':a', `:b`, \":c\" FROM t # :d\nWHERE x = :e", want: "SELECT '\\':a', `:b`, \":c\" FROM t # :d\nWHERE x = <e>"},
		{text: "SELECT a FROM t WHERE j ? 'key' AND b = :b", want: "SELECT a FROM t WHERE j ? 'key' AND b = <b>"},
		{text: "INSERT INTO t VALUES (:a) RETURNING id", want: "INSERT INTO t VALUES (<a>) RETURNING id", writes: true, ret: true},
		{text: "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", want: "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", writes: true, ret: true},
		{text: "SELECT 'delete' AS \"update\"", want: "SELECT 'delete' AS \"update\""},
		{text: "/* why */ EXPLAIN ANALYZE DELETE FROM t", want: "/* why */ EXPLAIN ANALYZE DELETE FROM t", writes: true},
		{text: "DO $$ BEGIN PERFORM 1; END $$", want: "DO $$ BEGIN PERFORM 1; END $$", writes: true},
		{text: "SELECT 1; DROP TABLE t", wrong: "two statements"},
		{text: "SELECT $1", wrong: "numbered"},
		{mysql: true, text: "SELECT ?", wrong: "name its values"},
		{mysql: true, text: "SELECT 1 /*! UNION SELECT 2 */", wrong: "database runs"},
		{mysql: true, text: "SELECT 1 /*M! UNION SELECT 2 */", wrong: "database runs"},
		{text: "SELECT 'open", wrong: "does not end"},
		{text: "SELECT /* open", wrong: "does not end"},
		{text: "SELECT :{", wrong: "does not end"},
		{text: " -- nothing\n ;", wrong: "empty"},
		{text: "SELECT '\x00'", wrong: "plain text"},
	} {
		s, err := ParseStatement(c.text, c.mysql)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", c.text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got := s.Text(func(n int) string { return "<" + s.Names[n-1] + ">" })
		if got != c.want || s.Writes() != c.writes || s.Returns() != c.ret {
			t.Errorf("%s:\n%s\nwrites %v, returns %v", c.text, got, s.Writes(), s.Returns())
		}
	}
}

// FuzzParseStatement: a text that is read gives the same text back, so that nothing of it is lost.
func FuzzParseStatement(f *testing.F) {
	f.Add("SELECT :a, ':b', \"c\" FROM t -- d", false)
	f.Add("SELECT `a` # :b\n, :c", true)
	f.Fuzz(func(t *testing.T, text string, mysql bool) {
		s, err := ParseStatement(text, mysql)
		if err != nil {
			return
		}
		again, err := ParseStatement(s.Text(func(n int) string { return ":{" + s.Names[n-1] + "}" }), mysql)
		if err != nil || len(again.Names) != len(s.Names) || again.Verb != s.Verb {
			t.Fatalf("%q becomes %+v, then %+v %v", text, s, again, err)
		}
	})
}
