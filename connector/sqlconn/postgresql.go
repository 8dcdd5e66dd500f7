package sqlconn

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"paceline/internal/egress"
	"paceline/mapping"
)

// postgres is a connection to PostgreSQL. Values go as text and get their types where the statement uses them; answers are
// text, too, which keeps every digit.
type postgres struct{ conn *pgconn.PgConn }

func openPostgres(ctx context.Context, t target) (database, error) {
	// What the environment or files of the machine say of connections is not for those of tenants.
	c, err := pgconn.ParseConfig("host=localhost port=5432 user=nobody password=none dbname=none sslmode=disable passfile=/nonexistent target_session_attrs=any")
	if err != nil {
		return nil, err
	}
	c.Host, c.User, c.Password, c.Database, c.TLSConfig = t.host, t.user, t.password, t.name, t.tls
	if _, err := fmt.Sscan(t.port, &c.Port); err != nil {
		return nil, &failure{status: 400, message: fmt.Sprintf("%q is not a port.", t.port)}
	}
	c.Fallbacks, c.ValidateConnect, c.AfterConnect, c.ConnectTimeout = nil, nil, nil, 0
	c.RuntimeParams = map[string]string{"application_name": "integrations", "client_encoding": "UTF8"}
	c.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	c.DialFunc = pgconn.DialFunc(t.dial)
	conn, err := pgconn.ConnectConfig(ctx, c)
	if err != nil {
		if refused, ok := errors.AsType[*egress.RefusedError](err); ok {
			return nil, refused
		}
		return nil, err
	}
	return &postgres{conn}, nil
}

// usable leaves it to the beginning of the transaction to find out: to look would need a deadline, which tunnels lack.
func (p *postgres) usable(context.Context) bool { return !p.conn.IsClosed() }

func (p *postgres) begin(ctx context.Context, readOnly bool, timeout time.Duration) error {
	begin := "RESET ROLE; RESET ALL; BEGIN"
	if readOnly {
		begin += " READ ONLY"
	}
	return p.simple(ctx, begin+fmt.Sprintf("; SET LOCAL statement_timeout = %d; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'iso_8601';"+
		" SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL standard_conforming_strings = on; SET LOCAL client_encoding = 'UTF8'", timeout.Milliseconds()))
}

func (p *postgres) simple(ctx context.Context, text string) error {
	_, err := p.conn.Exec(ctx, text).ReadAll()
	return err
}

func (p *postgres) commit(ctx context.Context, handed func()) error {
	handed()
	return p.simple(ctx, "COMMIT")
}

func (p *postgres) rollback(ctx context.Context) error { return p.simple(ctx, "ROLLBACK") }

func (p *postgres) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return p.conn.Close(ctx)
}

func (p *postgres) run(ctx context.Context, q query, _ func()) (result, error) {
	text := q.parsed.Text(dialects["postgresql"].mark)
	types, err := p.types(ctx, text, q.values)
	if err != nil {
		return nil, err
	}
	args := make([][]byte, len(q.values))
	for i, v := range q.values {
		var oid uint32
		if types != nil {
			oid = types[i]
		}
		if args[i], err = postgresValue(v, oid); err != nil {
			return nil, &failure{status: 400, message: err.Error()}
		}
	}
	r := &postgresRows{reader: p.conn.ExecParams(ctx, text, args, nil, nil, nil)}
	if fields := r.reader.FieldDescriptions(); fields != nil {
		r.names, r.types = make([]string, len(fields)), make([]uint32, len(fields))
		for i, f := range fields {
			r.names[i], r.types[i] = f.Name, f.DataTypeOID
		}
		return r, nil
	}
	// Without rows the outcome, or the refusal, is there already.
	tag, err := r.reader.Close()
	if err != nil {
		return nil, err
	}
	return &done{outcome{affected: tag.RowsAffected()}}, nil
}

// types asks which types the values have, where their form depends on it: a list is an array, or JSON.
func (p *postgres) types(ctx context.Context, text string, values []value) ([]uint32, error) {
	for _, v := range values {
		if k := mapping.KindOf(v); k != mapping.List {
			continue
		}
		described, err := p.conn.Prepare(ctx, "", text, nil)
		if err != nil {
			return nil, err
		}
		return described.ParamOIDs, nil
	}
	return nil, nil
}

// The types whose values are not texts in JSON.
const (
	pgBool, pgBytes, pgJSON, pgJSONB = 16, 17, 114, 3802
	pgInt2, pgInt4, pgInt8, pgOID    = 21, 23, 20, 26
	pgFloat4, pgFloat8, pgNumeric    = 700, 701, 1700
	pgTimestamp, pgTimestampTZ       = 1114, 1184
)

// pgArrays are the arrays whose elements are told apart, by their types.
var pgArrays = map[uint32]uint32{
	1000: pgBool, 1001: pgBytes, 199: pgJSON, 3807: pgJSONB, 1005: pgInt2, 1007: pgInt4, 1016: pgInt8, 1028: pgOID, 1021: pgFloat4, 1022: pgFloat8,
	1231: pgNumeric, 1115: pgTimestamp, 1185: pgTimestampTZ, 1009: 25, 1015: 1043, 1014: 1042, 1002: 18, 1003: 19, 2951: 2950, 1182: 1082,
}

// postgresValue is a value as text; nil for NULL.
func postgresValue(v value, oid uint32) ([]byte, error) {
	if mapping.KindOf(v) <= mapping.Null {
		return nil, nil
	}
	if content, ok := bytesOf(v); ok {
		return append([]byte(`\x`), hex.EncodeToString(content)...), nil
	}
	if element, array := pgArrays[oid]; array && mapping.KindOf(v) == mapping.List {
		return arrayText(nil, v, element)
	}
	var text []byte
	if k := mapping.KindOf(v); k == mapping.Object || k == mapping.List || oid == pgJSON || oid == pgJSONB {
		text = bytes.Clone(v)
	} else {
		text = []byte(mapping.Text(v))
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, errors.New("a value has the character NUL, which the database does not keep")
	}
	return text, nil
}

// arrayText writes an array as the database reads it.
func arrayText(dst []byte, list value, element uint32) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	for item := range wholeList.GetAll(list) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if mapping.KindOf(item) == mapping.List && element != pgJSON && element != pgJSONB {
			var err error
			if dst, err = arrayText(dst, item, element); err != nil {
				return nil, err
			}
			continue
		}
		text, err := postgresValue(item, element)
		if err != nil {
			return nil, err
		}
		if text == nil {
			dst = append(dst, "NULL"...)
			continue
		}
		dst = append(dst, '"')
		for _, c := range text {
			if c == '"' || c == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		}
		dst = append(dst, '"')
	}
	return append(dst, '}'), nil
}

type postgresRows struct {
	reader *pgconn.ResultReader
	names  []string
	types  []uint32
}

func (r *postgresRows) columns() []string { return r.names }

func (r *postgresRows) row(cell func(int, []byte)) (bool, error) {
	if !r.reader.NextRow() {
		_, err := r.reader.Close()
		return false, err
	}
	for i, text := range r.reader.Values() {
		cell(i, postgresJSON(text, r.types[i]))
	}
	return true, nil
}

func (r *postgresRows) close() (outcome, error) {
	tag, err := r.reader.Close()
	return outcome{affected: tag.RowsAffected()}, err
}

// done is the result of a statement without rows.
type done struct{ outcome }

func (*done) columns() []string                   { return nil }
func (*done) row(func(int, []byte)) (bool, error) { return false, nil }
func (d *done) close() (outcome, error)           { return d.outcome, nil }

// postgresJSON is a value of an answer as JSON.
func postgresJSON(text []byte, oid uint32) []byte {
	if text == nil {
		return []byte("null")
	}
	switch oid {
	case pgBool:
		if string(text) == "t" {
			return []byte("true")
		}
		return []byte("false")
	case pgInt2, pgInt4, pgInt8, pgOID, pgFloat4, pgFloat8, pgNumeric:
		return jsonNumber(text)
	case pgJSON, pgJSONB:
		return text
	case pgBytes:
		if raw, err := hex.DecodeString(strings.TrimPrefix(string(text), `\x`)); err == nil {
			return mapping.Quote(base64.StdEncoding.EncodeToString(raw))
		}
	case pgTimestamp:
		return mapping.Quote(strings.Replace(string(text), " ", "T", 1))
	case pgTimestampTZ:
		if t := string(text); strings.HasSuffix(t, "+00") {
			return mapping.Quote(strings.Replace(strings.TrimSuffix(t, "+00"), " ", "T", 1) + "Z")
		}
	}
	if element, array := pgArrays[oid]; array {
		if list, rest, ok := arrayJSON(nil, text, element); ok && len(rest) == 0 {
			return list
		}
	}
	return mapping.Quote(string(text))
}

// arrayJSON reads an array's text into a JSON list; rest is what stands behind it.
func arrayJSON(dst, text []byte, element uint32) (list, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '{' {
		return dst, text, false
	}
	dst, text = append(dst, '['), text[1:]
	for first := true; len(text) > 0; first = false {
		if text[0] == '}' {
			return append(dst, ']'), text[1:], true
		}
		if !first {
			if text[0] != ',' {
				return dst, text, false
			}
			dst, text = append(dst, ','), text[1:]
		}
		switch {
		case len(text) > 0 && text[0] == '{':
			if dst, text, ok = arrayJSON(dst, text, element); !ok {
				return dst, text, false
			}
		case len(text) > 0 && text[0] == '"':
			var item []byte
			i := 1
			for ; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
				if i < len(text) {
					item = append(item, text[i])
				}
			}
			if i >= len(text) {
				return dst, text, false
			}
			if item == nil {
				item = []byte{}
			}
			dst, text = append(dst, postgresJSON(item, element)...), text[i+1:]
		default:
			end := bytes.IndexAny(text, ",}")
			if end < 0 {
				return dst, text, false
			}
			item := text[:end]
			if string(item) == "NULL" {
				item = nil
			}
			dst, text = append(dst, postgresJSON(item, element)...), text[end:]
		}
	}
	return dst, text, false
}

// postgresFailure says what the database refuses.
func postgresFailure(err error) (*failure, bool) {
	p, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return nil, false
	}
	f := &failure{status: 400, code: p.Code, message: p.Message, about: map[string]string{
		"detail": p.Detail, "hint": p.Hint, "constraint": p.ConstraintName, "table": p.TableName, "column": p.ColumnName,
	}}
	switch class := p.Code[:min(2, len(p.Code))]; {
	case class == "28":
		f.status = 401
	case p.Code == "42501", p.Code == "25006":
		f.status = 403
	case class == "23":
		f.status = 409
	case p.Code == "57014":
		f.status = 408
	case class == "40", class == "53", class == "08", class == "57", p.Code == "55P03":
		f.status = 503
	}
	return f, true
}
