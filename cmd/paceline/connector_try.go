package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/connector/sftpconn"
	"paceline/connector/sqlconn"
	"paceline/internal/egress"
	"paceline/mapping"
)

type connectorTryCommand struct {
	reporting `embed:""`
	Path      string            `arg:"" help:"Connector file or folder."`
	Method    string            `arg:"" help:"Id of the method."`
	Property  map[string]string `short:"p" placeholder:"NAME=VALUE" help:"Properties of the account connector."`
	Param     map[string]string `placeholder:"NAME=VALUE" help:"Parameters of the method; object names the object."`
	Field     map[string]string `placeholder:"LOCATION=VALUE" help:"Fields of the request. A value that is JSON is sent as it is, any other as text."`
	Auth      string            `placeholder:"ID" help:"Entry of the connector's auth. Default: its default."`
	AuthFile  string            `placeholder:"FILE" help:"File with the AuthValue; - reads it from standard input."`
	Allow     []string          `placeholder:"HOST:PORT" help:"Exact pairs that may be called although they are private addresses."`
	All       bool              `help:"Fetch all pages, and wait for a job; else the first call alone."`
}

// tried is what --report json of connector try tells.
type tried struct {
	Method, Error string
	Calls         []triedCall
	Rows          int
	Warnings      []string
	Output        json.RawMessage
	FieldsFound   []string `json:",omitempty"` // of a field source
	More          bool     // there are further pages
}

type triedCall struct {
	Request, Response string
	Status            int
	Milliseconds      int64
}

// tryTime bounds one try with all its calls.
const tryTime = 5 * time.Minute

// Run makes the call for real, as the server would, and shows each exchange with secrets masked.
func (t *connectorTryCommand) Run(ctx context.Context, c *console) error {
	call, err := t.call(c)
	if err != nil {
		return err
	}
	guard, err := egress.New(egress.Config{Allow: t.Allow, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer guard.CloseIdle()
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	scripts, err := scriptWorkers()
	if err != nil {
		return err
	}
	defer scripts.Close()
	sql, sftp := sqlconn.New(guard.DialContext, nil), sftpconn.New(guard.DialContext, nil)
	defer sql.Close()
	defer sftp.Close()
	runtime := connector.New(connector.Config{
		Transport: guard.Transport(), Wires: map[string]http.RoundTripper{connector.TransportSQL: sql, connector.TransportSFTP: sftp},
		Logger: slog.New(slog.DiscardHandler), Scripts: scripts,
	})
	out := tried{Method: t.Method, Calls: []triedCall{}, Warnings: []string{}}
	for _, text := range t.unset(call.Method) {
		out.Warnings = append(out.Warnings, text)
		t.text(c).printf("warning: %s\n", text)
	}
	for {
		result, failed := runtime.Call(ctx, call)
		if failed == nil && result.Next == nil {
			_, failed = runtime.AfterPaging(ctx, call, &result)
		}
		result.Output = call.Instance.Mask(result.Output)
		out.add(t.text(c), result, call.Method)
		if failed != nil {
			out.Error = saidBy(failed)
			if errors.Is(failed, egress.ErrRefused) {
				out.Error = strings.TrimSpace(out.Error) + "\nA private address is refused unless --allow HOST:PORT names it."
			}
			fmt.Fprintln(c.err, "paceline:", out.Error)
			break
		}
		if out.More = result.Next != nil; !out.More || !t.All {
			break
		}
		if err := wait(ctx, result.After); err != nil {
			return err
		}
		call.Page = result.Next
	}
	if len(out.Output) > 0 {
		t.text(c).printf("what later steps find (%d rows):\n%s\n", out.Rows, out.Output)
	}
	if err := t.line(c, out); err != nil {
		return err
	}
	if out.Error != "" {
		return errShown
	}
	return nil
}

// saidBy is what a failed call tells, without the request, which has been shown.
func saidBy(err error) string {
	if failed, ok := errors.AsType[*connector.Error](err); ok {
		detail, _, _ := strings.Cut(failed.Detail, "\r\n\r\n\r\nHTTP Request:")
		return failed.Code.Text() + ": " + strings.ReplaceAll(detail, "\r\n", "\n")
	}
	return err.Error()
}

func wait(ctx context.Context, d time.Duration) error {
	timer, stop := paceline.SystemClock{}.NewTimer(d)
	defer stop()
	select {
	case <-timer:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// call prepares the call from the command line.
func (t *connectorTryCommand) call(c *console) (call connector.Call, err error) {
	path := t.Path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = connector.FileIn(path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return call, err
	}
	def, problems := connector.ParseIn(os.DirFS(filepath.Dir(path)), path, text)
	for _, p := range problems {
		fmt.Fprintln(c.err, p)
	}
	if def == nil {
		return call, errShown
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		return call, err
	}
	method := compiled.Method(t.Method)
	if method == nil {
		return call, fmt.Errorf("%s has no method %q; it has: %s", path, t.Method, namesOf(def.Methods, func(m connector.MethodDef) string { return m.ID }))
	}
	instance := &connector.Instance{Compiled: compiled, Properties: t.Property}
	if t.Auth != "" {
		if instance.Auth = compiled.Auth(t.Auth); instance.Auth == nil {
			return call, fmt.Errorf("%s has no auth %q", path, t.Auth)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Property)) {
		if !slices.ContainsFunc(def.Properties, func(p connector.Property) bool { return p.Name == name }) && !slices.Contains(freeProperties, name) {
			return call, fmt.Errorf("%s has no property %q; it has: %s", path, name, namesOf(def.Properties, func(p connector.Property) string { return p.Name }))
		}
	}
	auth := instance.Auth
	if auth == nil {
		auth = compiled.Auth("")
	}
	if t.AuthFile == "" && auth != nil && auth.Type != "none" && auth.Grant != "client_credentials" {
		return call, fmt.Errorf("the auth %q needs a credential: write its AuthValue into a file and name it with --auth-file, or choose another entry with --auth", auth.ID)
	}
	if t.AuthFile != "" {
		if instance.AuthValue, err = readSecret(c, t.AuthFile); err != nil {
			return call, err
		}
	}
	inputs, err := t.inputs(method)
	return connector.Call{Instance: instance, Method: method, Inputs: inputs, LogRequest: true, IdempotencyKey: string(paceline.NewID(paceline.SystemClock{}.Now()))}, err
}

// freeProperties are accepted by every account connector.
var freeProperties = []string{"ClientId", "ClientSecret"}

// namesOf lists names for a message, "nothing" for none.
func namesOf[T any](list []T, name func(T) string) string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = name(v)
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// readSecret reads a file, or standard input for -, without the line break at its end.
func readSecret(c *console, file string) (string, error) {
	from := c.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxSecret))
	return strings.TrimSpace(string(text)), err
}

func (t *connectorTryCommand) inputs(m *connector.Method) (in mapping.Inputs, err error) {
	for _, name := range slices.Sorted(maps.Keys(t.Param)) {
		at := slices.IndexFunc(m.Definition.Params, func(p connector.ParamDef) bool {
			return p.Name == name && p.In != connector.ObjectPlace || p.In == connector.ObjectPlace && name == "object"
		})
		if at < 0 {
			return in, fmt.Errorf("the method %s has no parameter %q; it has: %s", m.ID, name, namesOf(m.Definition.Params, func(p connector.ParamDef) string { return p.Name }))
		}
		p := m.Definition.Params[at]
		v, _ := mapping.Coerce(mapping.Quote(t.Param[name]), p.Type)
		in.Params = append(in.Params, mapping.Param{In: p.In, Name: p.Name, Value: v})
	}
	for _, loc := range slices.Sorted(maps.Keys(t.Field)) {
		l, err := mapping.ParseLocation(loc)
		if err != nil {
			return in, errors.New(loc + ": " + err.Error())
		}
		v := mapping.Value(t.Field[loc])
		if !json.Valid(v) {
			v = mapping.Quote(t.Field[loc])
		}
		for _, f := range m.Definition.Request.Fields {
			if f.Loc == loc {
				v, _ = mapping.CoerceAs(v, f.Type, f.Format)
			}
		}
		in.Fields = append(in.Fields, mapping.Field{Location: l, Value: v})
	}
	return in, nil
}

// unset warns about fields that are required and have no value: a step would warn, too, and send the request.
func (t *connectorTryCommand) unset(m *connector.Method) (list []string) {
	for _, f := range m.Definition.Request.Fields {
		if _, given := t.Field[f.Loc]; f.Required && f.Default == nil && !given {
			list = append(list, "the field "+f.Title()+" is required and has no value: --field "+f.Loc+"=VALUE")
		}
	}
	return list
}

// add shows what one call brought and keeps it for the report.
func (o *tried) add(c *console, r connector.Result, m *connector.Method) {
	for _, x := range r.Exchanges {
		call := triedCall{Request: string(x.Request), Response: string(x.Response), Status: x.Status, Milliseconds: x.Duration.Milliseconds()}
		o.Calls = append(o.Calls, call)
		status := strconv.Itoa(x.Status)
		if x.Status == 0 {
			status = "no answer"
		}
		c.printf("%s\n\n-> %s in %d ms\n%s\n\n", strings.TrimSpace(strings.ReplaceAll(call.Request, "\r\n", "\n")), status, call.Milliseconds, call.Response)
	}
	for _, w := range r.Warnings {
		o.Warnings = append(o.Warnings, w.Detail)
		c.printf("warning: %s\n", w.Detail)
	}
	o.Rows += r.Rows
	if len(r.Output) > 0 {
		o.Output = r.Output
	}
	if m.Definition.FieldSource {
		for _, f := range m.FieldsOf(r.Output) {
			o.FieldsFound = append(o.FieldsFound, f.Location)
		}
	}
}
