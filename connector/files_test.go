package connector_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/mapping"
)

// shelf keeps files in memory.
type shelf struct {
	kept  map[string][]byte
	begun int
	full  bool // takes nothing more
}

type shelfFile struct {
	*shelf
	bytes.Buffer
}

func (s *shelf) Create() connector.FileWriter { s.begun++; return &shelfFile{shelf: s} }

func (s *shelf) Open(_ context.Context, ref string) (int64, io.Reader, bool, error) {
	content, found := s.kept[ref]
	return int64(len(content)), bytes.NewReader(content), found, nil
}

func (f *shelfFile) Write(p []byte) (int, error) {
	if f.full {
		return 0, errors.New("the shelf is full")
	}
	return f.Buffer.Write(p)
}

func (f *shelfFile) Close() (string, error) {
	ref := fmt.Sprintf("f-%d", f.begun)
	f.kept[ref] = bytes.Clone(f.Bytes())
	return ref, nil
}

const filesDefinition = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties: [{name: BaseUrl, scope: account}]
server: {baseUrl: "{{BaseUrl}}", maxResponse: 2MiB}
auth:
  - {id: none, type: none}
  - {id: sig, type: hmac, sign: {alg: sha256, payload: "{{request.body}}"}, apply: [{in: header, name: X-Sig, value: "{{signature}}"}]}
methods:
  - {id: load, name: Load, request: {method: GET, path: /load}, response: {format: binary}}
  - {id: load-once, name: Load Once, repeat: unsafe, request: {method: POST, path: /load}, response: {format: binary}}
  - {id: put, name: Put, request: {method: PUT, path: /put, format: binary, fields: [{loc: file, type: file}]}}
  - {id: parts, name: Parts, repeat: safe, request: {method: POST, path: /put, format: multipart, fields: [{loc: a}, {loc: "[files]"}]}}
  - {id: related, name: Related, repeat: safe, request: {method: POST, path: /put, format: multipart_related, fields: [{loc: title}, {loc: file, type: file}]}}
  - {id: mail, name: Mail, repeat: safe, request: {method: POST, path: /put, fields: [{loc: "[attachments].content", type: file}]}}
`

// TestFilesAreReceived: which answers become files, and what is said of them.
func TestFilesAreReceived(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, method string
		answer       connectortest.Behaviour
		full         bool
		output       string // or class of the error
		kept         string // content, "" for none
		log          string
	}{
		{"a file", "load", connectortest.Raw(200, "image/png", "\x00\xffabc", `Content-Disposition: attachment; filename="../../x.png"`), false,
			`{"name":"x.png","type":"image/png","size":5,"file":{"name":"x.png","type":"image/png","size":5,"ref":"f-1"}}`, "\x00\xffabc", "(a file of 5 bytes, ref f-1)"},
		{"a file of unknown type", "load", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, "%PDF-1.7")
		}, false, `{"type":"application/pdf","size":8,"file":{"type":"application/pdf","size":8,"ref":"f-1"}}`, "%PDF-1.7", "(a file of 8 bytes, ref f-1)"},
		{"nothing", "load", connectortest.Raw(200, "image/png", ""), false, "", "", ""},
		{"an error is no file", "load", connectortest.Raw(404, "text/plain", "gone"), false, "permanent", "", "gone"},
		{"more than is allowed", "load", connectortest.Raw(200, "image/png", strings.Repeat("x", 2<<20+1)), false, "decode", "", ""},
		{"a file that can not be kept", "load", connectortest.Raw(200, "image/png", "abc"), true, "retry", "", ""},
		{"a file of an unsafe call that can not be kept", "load-once", connectortest.Raw(200, "image/png", "abc"), true, "unknown", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setupText(t, filesDefinition)
			b.remote.On("/load", c.answer)
			s := &shelf{kept: map[string][]byte{}, full: c.full}
			b.instance.Auth = b.compiled.Auth("none")
			result, err := b.runtime.Call(t.Context(), connector.Call{Instance: b.instance, Method: b.compiled.Method(c.method), LogRequest: true, Files: s})
			got := string(result.Output)
			if failed, ok := errors.AsType[*connector.Error](err); ok {
				got = failed.Class.String()
			}
			if got != c.output {
				t.Errorf("got %s (%v), want %s", got, err, c.output)
			}
			if string(s.kept["f-1"]) != c.kept || len(s.kept) > 1 {
				t.Errorf("%d files are kept: %.100q", len(s.kept), s.kept["f-1"])
			}
			if log := string(result.Exchanges[0].Response); log != c.log {
				t.Errorf("the log has %.100q, want %q", log, c.log)
			}
		})
	}
}

// TestFilesAreSent: bodies with files that lie elsewhere have the bytes of those that are values, and so have signatures
// over them; what can't be sent is not.
func TestFilesAreSent(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 20_000)
	object := `{"name":"a.txt","type":"text/plain","ref":"big"}`
	inline := `{"name":"a.txt","type":"text/plain","text":"` + content + `"}`
	for _, c := range []struct{ name, method, loc string }{
		{"binary", "put", "file"}, {"multipart", "parts", "[files]"}, {"related", "related", "file"}, {"as base64", "mail", "[attachments].content"},
	} {
		for _, auth := range []string{"none", "sig"} {
			t.Run(c.name+" "+auth, func(t *testing.T) {
				t.Parallel()
				b := setupText(t, filesDefinition)
				b.remote.On("/put", connectortest.JSON(200, `{}`))
				s := &shelf{kept: map[string][]byte{"big": []byte(content)}}
				b.instance.Auth, b.instance.AuthValue = b.compiled.Auth(auth), `{"Key":"k-1","Secret":"s"}`
				var bodies []string
				for _, value := range []string{object, inline} {
					f := mapping.Field{Location: mapping.MustLocation(c.loc), Value: mapping.Value(value)}
					if f.Location.Lists() > 0 {
						f.Tree, f.Value = &mapping.Tree{Items: []mapping.Tree{{Value: mapping.Value(value)}}}, nil
					}
					result, err := b.runtime.Call(t.Context(), connector.Call{
						Instance: b.instance, Method: b.compiled.Method(c.method), Inputs: mapping.Inputs{Fields: []mapping.Field{f}}, LogRequest: true, Files: s,
					})
					if err != nil {
						t.Fatal(err)
					}
					received := b.remote.Received()
					last := received[len(received)-1]
					boundary := strings.NewReplacer("\r", "", "\n", "")
					if kind := last.Header.Get("Content-Type"); strings.Contains(kind, "boundary=") {
						_, mark, _ := strings.Cut(kind, "boundary=")
						mark, _, _ = strings.Cut(mark, ";")
						boundary = strings.NewReplacer(mark, "MARK")
					}
					bodies = append(bodies, boundary.Replace(string(last.Body)))
					if got := last.Header.Get("Content-Length"); got != fmt.Sprint(len(last.Body)) {
						t.Errorf("%s bytes are announced, %d were sent", got, len(last.Body))
					}
					if auth == "sig" {
						mac := hmac.New(sha256.New, []byte("s"))
						mac.Write(last.Body)
						if want := hex.EncodeToString(mac.Sum(nil)); last.Header.Get("X-Sig") != want {
							t.Errorf("the signature is %s, want %s", last.Header.Get("X-Sig"), want)
						}
					}
					if auth == "none" && value == object && c.method != "mail" && !bytes.Contains(result.Exchanges[0].Request, []byte("(a file of 200000 bytes, ref big)")) {
						t.Errorf("the log has %.300s", result.Exchanges[0].Request)
					}
				}
				if bodies[0] != bodies[1] {
					t.Errorf("by reference %.300q\nas a value %.300q", bodies[0], bodies[1])
				}
			})
		}
	}
}
