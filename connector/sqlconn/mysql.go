package sqlconn

import (
	"bytes"
	"context"
	"crypto/tls"
	"database/sql/driver"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"paceline/internal/egress"
	"paceline/mapping"
)

// maria is a connection to MySQL or MariaDB.
type maria struct {
	conn    driver.Conn
	mariadb bool // which names the time limit of statements differently
}

func openMySQL(ctx context.Context, t target) (database, error) {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName, c.Net, c.Addr = t.user, t.password, t.name, "tcp", net.JoinHostPort(t.host, t.port)
	c.TLS, c.Logger = t.tls, silent{}
	c.Collation = "utf8mb4_general_ci"
	c.Params = map[string]string{"time_zone": "'+00:00'"}
	c.DialFunc = t.dial
	made, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	conn, err := made.Connect(ctx)
	if err != nil {
		if refused, ok := errors.AsType[*egress.RefusedError](err); ok {
			return nil, refused
		}
		return nil, err
	}
	m := &maria{conn: conn}
	version, err := m.text(ctx, "SELECT VERSION()")
	if err != nil {
		conn.Close()
		return nil, err
	}
	m.mariadb = strings.Contains(strings.ToLower(version), "mariadb")
	return m, nil
}

// silent keeps the driver's words out of our log: errors say the same.
type silent struct{}

func (silent) Print(...any) {}

// text returns the only value of a query without values.
func (m *maria) text(ctx context.Context, text string) (string, error) {
	rows, err := m.conn.(driver.QueryerContext).QueryContext(ctx, text, nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	values := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(values); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s", values[0]), nil
}

func (m *maria) simple(ctx context.Context, text string) error {
	_, err := m.conn.(driver.ExecerContext).ExecContext(ctx, text, nil)
	return err
}

func (m *maria) usable(ctx context.Context) bool {
	r, ok := m.conn.(driver.SessionResetter)
	v, valid := m.conn.(driver.Validator)
	return (!ok || r.ResetSession(ctx) == nil) && (!valid || v.IsValid())
}

func (m *maria) begin(ctx context.Context, readOnly bool, timeout time.Duration) error {
	limit := fmt.Sprintf("SET SESSION max_execution_time = %d", timeout.Milliseconds())
	if m.mariadb {
		limit = fmt.Sprintf("SET SESSION max_statement_time = %.3f", timeout.Seconds())
	}
	if err := m.simple(ctx, limit+", time_zone = '+00:00', sql_mode = CONCAT('STRICT_TRANS_TABLES,', REPLACE(REPLACE(@@GLOBAL.sql_mode, 'NO_BACKSLASH_ESCAPES', ''), 'ANSI_QUOTES', ''))"); err != nil {
		return err
	}
	if readOnly {
		return m.simple(ctx, "START TRANSACTION READ ONLY")
	}
	return m.simple(ctx, "START TRANSACTION")
}

func (m *maria) commit(ctx context.Context, handed func()) error {
	handed()
	return m.simple(ctx, "COMMIT")
}

func (m *maria) rollback(ctx context.Context) error { return m.simple(ctx, "ROLLBACK") }

func (m *maria) Close() error { return m.conn.Close() }

// run sends the statement as a prepared one. What changes structure is lasting at once, and so is what an engine without
// transactions does: the remote has it from here on.
func (m *maria) run(ctx context.Context, q query, handed func()) (result, error) {
	args := make([]driver.NamedValue, len(q.values))
	for i, v := range q.values {
		args[i] = driver.NamedValue{Ordinal: i + 1, Value: mysqlValue(v)}
	}
	prepared, err := m.conn.(driver.ConnPrepareContext).PrepareContext(ctx, q.parsed.Text(dialects["mysql"].mark))
	if err != nil {
		return nil, err
	}
	if q.parsed.Writes() {
		handed()
	}
	if !slices.Contains([]string{"SELECT", "WITH", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "TABLE", "VALUES", "CALL"}, q.parsed.Verb) && !q.parsed.Returns() {
		defer prepared.Close()
		out, err := prepared.(driver.StmtExecContext).ExecContext(ctx, args)
		if err != nil {
			return nil, err
		}
		affected, _ := out.RowsAffected()
		inserted, _ := out.LastInsertId()
		return &done{outcome{affected, inserted}}, nil
	}
	rows, err := prepared.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		prepared.Close()
		return nil, err
	}
	r := &mysqlRows{prepared: prepared, rows: rows, names: rows.Columns()}
	if len(r.names) == 0 {
		r.names = nil // a procedure without rows
		return r, nil
	}
	r.values = make([]driver.Value, len(r.names))
	named := rows.(driver.RowsColumnTypeDatabaseTypeName)
	for i := range r.names {
		r.types = append(r.types, strings.TrimPrefix(named.ColumnTypeDatabaseTypeName(i), "UNSIGNED "))
	}
	return r, nil
}

// mysqlValue is a value as the database takes it.
func mysqlValue(v value) driver.Value {
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
		return nil
	case mapping.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n
		}
		return string(v) // a decimal keeps its digits as text
	case mapping.Boolean:
		if string(v) == "true" {
			return int64(1)
		}
		return int64(0)
	case mapping.Object, mapping.List:
		if content, ok := bytesOf(v); ok {
			return content
		}
		return string(v)
	}
	return dated(mapping.Text(v))
}

// dated writes a date with time and zone, which the database does not read, as one of its own in UTC.
func dated(text string) string {
	if len(text) < len("2006-01-02T15:04:05Z") || len(text) > 40 || text[4] != '-' || text[10] != 'T' {
		return text
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return t.UTC().Format("2006-01-02 15:04:05.999999")
}

type mysqlRows struct {
	prepared driver.Stmt
	rows     driver.Rows
	names    []string
	types    []string
	values   []driver.Value
}

func (r *mysqlRows) columns() []string { return r.names }

func (r *mysqlRows) row(cell func(int, []byte)) (bool, error) {
	switch err := r.rows.Next(r.values); {
	case errors.Is(err, io.EOF):
		return false, nil
	case err != nil:
		return false, err
	}
	for i, v := range r.values {
		cell(i, mysqlJSON(v, r.types[i]))
	}
	return true, nil
}

func (r *mysqlRows) close() (outcome, error) {
	err := r.rows.Close()
	return outcome{}, errors.Join(err, r.prepared.Close())
}

// mysqlJSON is a value of an answer as JSON.
func mysqlJSON(v driver.Value, kind string) []byte {
	var text []byte
	switch v := v.(type) {
	case nil:
		return []byte("null")
	case []byte:
		text = v
	case string:
		text = []byte(v)
	case int64, uint64, float32, float64:
		return jsonNumber(fmt.Append(nil, v))
	default:
		return mapping.Quote(fmt.Sprint(v))
	}
	switch kind {
	case "DECIMAL", "BIGINT", "INT", "MEDIUMINT", "SMALLINT", "TINYINT", "YEAR", "FLOAT", "DOUBLE":
		return jsonNumber(text)
	case "JSON":
		return text
	case "BIT":
		n := uint64(0)
		for _, b := range text {
			n = n<<8 | uint64(b)
		}
		return strconv.AppendUint(nil, n, 10)
	case "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY", "GEOMETRY":
		return mapping.Quote(base64.StdEncoding.EncodeToString(text))
	case "DATETIME", "TIMESTAMP", "DATE":
		if bytes.HasPrefix(text, []byte("0000-00-00")) {
			return []byte("null")
		}
		out := strings.Replace(string(text), " ", "T", 1)
		if kind == "TIMESTAMP" {
			out += "Z"
		}
		return mapping.Quote(out)
	}
	return mapping.Quote(string(text))
}

// mysqlFailure says what the database refuses.
func mysqlFailure(err error) (*failure, bool) {
	m, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok {
		if errors.Is(err, mysql.ErrNoTLS) {
			return &failure{status: 401, code: "tls", message: "The database does not offer TLS."}, true
		}
		if _, is := errors.AsType[tls.RecordHeaderError](err); is {
			return &failure{status: 401, code: "tls", message: "The database does not offer TLS."}, true
		}
		return nil, false
	}
	f := &failure{status: 400, code: strconv.Itoa(int(m.Number)), message: m.Message}
	switch m.Number {
	case 1045, 1698, 1251, 1862, 3118:
		f.status = 401
	case 1044, 1142, 1143, 1227, 1370, 1792, 1290:
		f.status = 403
	case 1062, 1451, 1452, 1216, 1217, 1048, 1557, 3819, 4025:
		f.status = 409
	case 3024, 1969, 1317:
		f.status = 408
	case 1213, 1205, 1040, 1203, 1226, 1053, 1927:
		f.status = 503
	}
	return f, true
}
