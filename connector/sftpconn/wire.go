package sftpconn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"paceline"
	"paceline/connector"
	"paceline/connector/sshconn"
	"paceline/internal/egress"
	"paceline/internal/pool"
)

// Wire makes calls. It is an http.RoundTripper, as connector.WireCall describes; use New.
type Wire struct {
	dial sshconn.Dialer
	pool *pool.Pool[*client]
}

// New returns a Wire whose connections dial opens. Close it in the end.
func New(dial sshconn.Dialer, clock paceline.Clock) *Wire {
	return &Wire{dial: dial, pool: pool.New[*client](clock)}
}

// Close closes the connections that are kept.
func (w *Wire) Close() error { return w.pool.Close() }

// Idle counts the connections that are kept.
func (w *Wire) Idle() int { return w.pool.Idle() }

// client is a session for files, with the connection that it needs.
type client struct {
	*sftp.Client
	ssh *ssh.Client
}

func (c *client) Close() error { return errors.Join(c.Client.Close(), c.ssh.Close()) }

// failure is what the server or we refuse.
type failure struct {
	status  int
	message string
}

func (f *failure) Error() string { return f.message }

// RoundTrip makes a call.
func (w *Wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	call := connector.WireOf(req.Context())
	if call == nil {
		return nil, errors.New("sftpconn: a request without a call")
	}
	resp, err := w.send(req, call, false)
	if f, refused := failureOf(err); refused {
		text, err := json.Marshal(map[string]string{"message": f.message})
		if err != nil {
			return nil, err
		}
		resp := answer(f.status, "application/json", io.NopCloser(bytes.NewReader(text)), int64(len(text)))
		if f.status == 503 {
			resp.Header.Set("Retry-After", "2")
		}
		return resp, nil
	}
	return resp, err
}

func (w *Wire) send(req *http.Request, call *connector.WireCall, fresh bool) (*http.Response, error) {
	ctx := req.Context()
	lease, err := w.pool.Get(ctx, fmt.Sprint(call.Account, "/", call.Connector), version(call, req.URL), call.Connections, fresh, func(ctx context.Context) (*client, error) {
		return w.open(ctx, call, req.URL)
	})
	if err != nil {
		return nil, err
	}
	// The protocol has no deadlines: the end of the call's time ends the connection.
	stop := context.AfterFunc(ctx, func() { lease.Conn.ssh.Close() })
	if lease.Reused {
		if _, err := lease.Conn.Getwd(); err != nil {
			stop()
			lease.Done(false)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return w.send(req, call, true)
		}
	}
	end := func(good bool) { lease.Done(stop() && good) }
	resp, err := do(lease.Conn, req, call)
	if err != nil {
		_, refused := failureOf(err)
		end(refused)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	resp.Body = &leased{ReadCloser: resp.Body, end: end}
	return resp, nil
}

// leased gives the connection back when the answer was read.
type leased struct {
	io.ReadCloser
	end  func(good bool)
	done bool
	bad  bool
}

func (l *leased) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	l.bad = l.bad || err != nil && err != io.EOF
	return n, err
}

func (l *leased) Close() error {
	if l.done {
		return nil
	}
	l.done = true
	err := l.ReadCloser.Close()
	l.end(!l.bad && err == nil)
	return err
}

func version(call *connector.WireCall, at *url.URL) string {
	text, err := json.Marshal([]any{at.Host, call.Credential, call.HostKey})
	if err != nil {
		panic("texts are always JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return string(sum[:])
}

func (w *Wire) open(ctx context.Context, call *connector.WireCall, at *url.URL) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*egress.ConnectTimeout)
	defer cancel()
	port := at.Port()
	if port == "" {
		port = "22"
	}
	conn, err := sshconn.Dial(ctx, w.dial, sshconn.Server{
		Host: at.Hostname(), Port: port, HostKey: call.HostKey, Username: call.Credential["Username"], Password: call.Credential["Password"],
		PrivateKey: call.Credential["PrivateKey"], Passphrase: call.Credential["Passphrase"],
	})
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	files, err := sftp.NewClient(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &client{files, conn}, nil
}

// do makes the call on a connection.
func do(c *client, req *http.Request, call *connector.WireCall) (*http.Response, error) {
	at, err := pathOf(req.URL)
	if err != nil {
		return nil, err
	}
	q := req.URL.Query()
	switch strings.ToLower(req.Method) {
	case "list":
		return list(req.Context(), c, at, q, call.MaxRows)
	case "stat":
		info, err := c.Stat(at)
		if err != nil {
			return nil, err
		}
		return document(entryOf(at, info))
	case "read":
		return read(c, at)
	case "write":
		return write(c, at, q, req.Body, call)
	case "remove":
		call.Handed()
		err := c.Remove(at)
		if notThere(err) && q.Get("missing") == "ok" {
			err = nil
		}
		if err != nil {
			return nil, err
		}
		return document(map[string]any{"path": at})
	case "mkdir":
		call.Handed()
		if err := c.MkdirAll(at); err != nil {
			return nil, err
		}
		return document(map[string]any{"path": at})
	case "rename":
		to, err := clean(q.Get("to"))
		if err != nil {
			return nil, err
		}
		if q.Get("overwrite") != "true" {
			if err := free(c, to); err != nil {
				return nil, err
			}
		}
		call.Handed()
		if q.Get("overwrite") == "true" {
			err = replace(c, at, to)
		} else {
			err = c.Rename(at, to)
		}
		if err != nil {
			return nil, err
		}
		return document(map[string]any{"path": to})
	}
	return nil, &failure{400, "There is no operation " + req.Method + "."}
}

// pathOf is the path behind the address: relative to where the user begins, unless it has a slash of its own in front.
func pathOf(u *url.URL) (string, error) { return clean(strings.TrimPrefix(u.Path, "/")) }

func clean(text string) (string, error) {
	for part := range strings.SplitSeq(text, "/") {
		if part == ".." {
			return "", &failure{400, fmt.Sprintf("The path %q leads out of its folder.", text)}
		}
	}
	if strings.ContainsRune(text, 0) {
		return "", &failure{400, "The path has the character NUL."}
	}
	return path.Clean(text), nil
}

// entry is a file or folder in an answer.
type entry struct {
	Name     string `json:"name"`
	Path     string `json:"path"`
	Kind     string `json:"kind"` // file, folder, link or other
	Size     int64  `json:"size"`
	Modified string `json:"modified"`
}

func entryOf(at string, info interface {
	Name() string
	Size() int64
	ModTime() time.Time
	IsDir() bool
}) entry {
	e := entry{Name: path.Base(at), Path: at, Kind: "file", Size: info.Size(), Modified: info.ModTime().UTC().Format(time.RFC3339)}
	if info.IsDir() {
		e.Kind, e.Size = "folder", 0
	}
	return e
}

// maxEntries bounds a list where the definition says nothing, and how many folders are opened for it.
const maxEntries = 100_000

func list(ctx context.Context, c *client, at string, q url.Values, most int) (*http.Response, error) {
	pattern := q.Get("pattern")
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, &failure{400, fmt.Sprintf("%q is not a pattern of names.", pattern)}
	}
	since := time.Time{}
	if text := q.Get("since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return nil, &failure{400, fmt.Sprintf("%q is not a date with time and zone.", text)}
		}
	}
	if most <= 0 || most > maxEntries {
		most = maxEntries
	}
	entries := []entry{}
	for folders := []string{at}; len(folders) > 0; folders = folders[1:] {
		found, err := c.ReadDirContext(ctx, folders[0])
		if err != nil {
			return nil, err
		}
		for _, info := range found {
			e := entryOf(path.Join(folders[0], info.Name()), info)
			switch mode := info.Mode(); {
			case mode.IsDir():
				if q.Get("recursive") == "true" {
					folders = append(folders, e.Path)
				}
				if q.Get("folders") != "true" {
					continue
				}
			case mode&fs.ModeSymlink != 0: // a link, which may lead anywhere
				e.Kind = "link"
			case !mode.IsRegular():
				continue
			}
			if pattern != "" {
				if ok, _ := path.Match(pattern, e.Name); !ok {
					continue
				}
			}
			// Servers tell whole seconds.
			if info.ModTime().Before(since.Truncate(time.Second)) {
				continue
			}
			if entries = append(entries, e); len(entries) > most || len(folders) > most {
				return nil, &failure{400, fmt.Sprintf("The folder has more than %d files. Choose by a pattern.", most)}
			}
		}
	}
	return document(map[string]any{"files": entries})
}

func read(c *client, at string) (*http.Response, error) {
	info, err := c.Stat(at)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &failure{400, "It is a folder."}
	}
	f, err := c.Open(at)
	if err != nil {
		return nil, err
	}
	resp := answer(200, typeOf(at), f, info.Size())
	resp.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(at)}))
	return resp, nil
}

func typeOf(name string) string {
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// write puts the content beside the file first and then in its place, so that nobody sees half of it.
func write(c *client, at string, q url.Values, content io.Reader, call *connector.WireCall) (*http.Response, error) {
	if content == nil {
		content = http.NoBody
	}
	if q.Get("overwrite") == "false" {
		if err := free(c, at); err != nil {
			return nil, err
		}
	}
	if q.Get("folders") == "true" {
		if err := c.MkdirAll(path.Dir(at)); err != nil {
			return nil, err
		}
	}
	part := path.Join(path.Dir(at), "."+path.Base(at)+"."+paceline.NewHexSecret(4)+".part")
	if q.Get("direct") == "true" {
		part = at
		call.Handed()
	}
	f, err := c.Create(part)
	if err != nil {
		return nil, err
	}
	size, err := f.ReadFrom(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil && part != at {
		call.Handed()
		if q.Get("overwrite") == "false" {
			err = c.Rename(part, at)
		} else {
			err = replace(c, part, at)
		}
	}
	if err != nil {
		if part != at {
			c.Remove(part)
		}
		return nil, err
	}
	return document(map[string]any{"path": at, "name": path.Base(at), "size": size})
}

// free fails if there is something at the path: servers differ in whether they rename over it.
func free(c *client, at string) error {
	_, err := c.Lstat(at)
	switch {
	case err == nil:
		return &failure{409, "There is such a file already."}
	case notThere(err):
		return nil
	}
	return err
}

// replace renames over what may be there, in one step where the server can.
func replace(c *client, from, to string) error {
	err := c.PosixRename(from, to)
	if status, ok := errors.AsType[*sftp.StatusError](err); ok && status.FxCode() == sftp.ErrSSHFxOpUnsupported {
		if removed := c.Remove(to); removed != nil && !notThere(removed) {
			return removed
		}
		return c.Rename(from, to)
	}
	return err
}

func document(v any) (*http.Response, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return answer(200, "application/json", io.NopCloser(bytes.NewReader(text)), int64(len(text))), nil
}

func answer(status int, kind string, body io.ReadCloser, size int64) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Proto: "SFTP", ContentLength: size, Body: body, Header: http.Header{"Content-Type": {kind}},
	}
}
