package engine_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// fileRemote serves a file and takes files.
type fileRemote struct {
	size int64
	mu   sync.Mutex
	got  []string // of each upload: title, name, type, hash of the content
	cut  int      // downloads that break off
	busy int      // uploads that are refused
}

// pattern yields the bytes of the file.
type pattern struct{ at int64 }

func (p *pattern) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(p.at * 31 >> 3)
		p.at++
	}
	return len(b), nil
}

func (r *fileRemote) content() io.Reader { return io.LimitReader(&pattern{}, r.size) }

func hashOf(from io.Reader) string {
	h := sha256.New()
	n, err := io.Copy(h, from)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", n, hex.EncodeToString(h.Sum(nil))[:16])
}

func (r *fileRemote) RoundTrip(req *http.Request) (*http.Response, error) {
	answer := func(status int, body io.Reader, kind string) *http.Response {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {kind}, "Content-Disposition": {`attachment; filename="a.bin"`}}, ContentLength: -1, Body: io.NopCloser(body), Request: req}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch req.URL.Path {
	case "/download":
		if r.cut > 0 {
			r.cut--
			return answer(200, io.MultiReader(io.LimitReader(r.content(), r.size/2), brokenOff{}), "image/x-test"), nil
		}
		return answer(200, r.content(), "image/x-test"), nil
	case "/mail":
		var body struct{ Content string }
		if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
			return nil, err
		}
		r.got = append(r.got, "mail "+hashOf(base64.NewDecoder(base64.StdEncoding, strings.NewReader(body.Content))))
		return answer(200, strings.NewReader(`{}`), "application/json"), nil
	}
	_, params, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	counted := &counter{from: req.Body}
	form := multipart.NewReader(counted, params["boundary"])
	line, title := "", ""
	for {
		part, err := form.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if part.FormName() == "title" {
			text, _ := io.ReadAll(part)
			title = string(text)
			continue
		}
		line += part.FileName() + " " + part.Header.Get("Content-Type") + " " + hashOf(part)
	}
	if io.Copy(io.Discard, counted); counted.n != req.ContentLength {
		line += fmt.Sprintf(" of %d bytes, not %d", req.ContentLength, counted.n)
	}
	if r.busy > 0 {
		r.busy--
		return answer(503, strings.NewReader(`{}`), "application/json"), nil
	}
	r.got = append(r.got, title+" "+line)
	return answer(200, strings.NewReader(`{"id":1}`), "application/json"), nil
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// TestFiles carries a file of several chunks from one call to others by reference: its content is in no value and no
// log, broken downloads and refused uploads are made again from the beginning, and it goes with the data of its
// transaction.
func TestFiles(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o store.Options) {
		remote := &fileRemote{size: 3<<20 + 17, cut: 1, busy: 1}
		db := storetest.Open(t, o)
		h := furnish(t.Context(), db, remote, "https://remote.example")
		h.start(t.Context())
		defer func() { h.engine.Stop(t.Context()) }()
		plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"load": {After: "received", Call: "download"}},
			{"send": {After: "load", Call: "upload", Map: map[string]string{"title": "received/name", "file": "load/file"}}},
			{"mail": {After: "send", Call: "mail", Map: map[string]string{"content": "load/file"}}},
		}})
		plan.LogRequests = true
		_, address := h.install(t.Context(), plan, 0)
		_, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		h.settled(t)
		whole := hashOf(remote.content())
		remote.mu.Lock()
		got := strings.Join(remote.got, "\n")
		remote.mu.Unlock()
		if want := "Ada a.bin image/x-test " + whole + "\nmail " + whole; got != want {
			t.Errorf("the remote received\n%s\nwant\n%s", got, want)
		}
		scope := paceline.Scope{Partner: h.partner, Account: h.account.Num}
		h.checkCounted(t)
		runs := h.runs(t)
		if len(runs) != 1 || runs[0].State != paceline.RunCompleted {
			t.Fatalf("%+v", runs)
		}
		var values [][]byte
		for seq := range int32(len(plan.Steps)) {
			doc, err := h.engine.OutputOf(t.Context(), h.key, h.account, runs[0].Num, seq)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, doc)
		}
		var loaded struct {
			Size int64
			File struct {
				Name, Type string
				Size       int64
				Ref        paceline.ID
			}
		}
		if err := json.Unmarshal(values[1], &loaded); err != nil || loaded.File.Size != remote.size || loaded.Size != remote.size || loaded.File.Name != "a.bin" || len(values[1]) > 300 {
			t.Fatalf("the step has %.400s, %v", values[1], err)
		}
		kept := func(of paceline.Scope) (found bool) {
			if err := db.Read(t.Context(), func(tx *store.Tx) (err error) { _, found, err = tx.Blob(of, loaded.File.Ref); return err }); err != nil {
				t.Fatal(err)
			}
			return found
		}
		if !kept(scope) || kept(paceline.Scope{Partner: h.partner, Account: scope.Account + 1}) {
			t.Error("the file is not its account's alone")
		}
		who := paceline.SystemPrincipalOf(h.partner)
		file, err := h.engine.File(t.Context(), who, h.account, loaded.File.Ref)
		if err != nil || file.Size != remote.size || hashOf(file.Content) != whole {
			t.Errorf("the file is downloaded as %d bytes, %v", file.Size, err)
		}
		if _, err := h.engine.File(t.Context(), who, h.neighbourOf(t), loaded.File.Ref); paceline.CodeOf(err) != paceline.CodeNotFound {
			t.Errorf("another account's file: %v", err)
		}
		if _, _, _, err := db.SweepBlobs(t.Context(), store.BlobPlace{}, paceline.ToMicros(time.Now().Add(48*time.Hour)), 100); err != nil || !kept(scope) {
			t.Error("the sweep took the file before its time", err)
		}
		for range 3 {
			if _, err := db.Prune(t.Context(), paceline.ToMicros(time.Now().Add(10*365*24*time.Hour)), 50); err != nil {
				t.Fatal(err)
			}
		}
		if kept(scope) {
			t.Error("the file outlives its transaction's data")
		}
	})
}

// TestFileThatIsGone: a reference to nothing, to another account's file or to what is no file fails the step for good, and
// nothing is sent.
func TestFileThatIsGone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o store.Options) {
		remote := &fileRemote{size: 10}
		db := storetest.Open(t, o)
		h := furnish(t.Context(), db, remote, "https://remote.example")
		h.start(t.Context())
		defer func() { h.engine.Stop(t.Context()) }()
		foreign, plain := paceline.NewID(time.Now()), paceline.NewID(time.Now())
		err := db.InTx(t.Context(), paceline.Scope{}, func(tx *store.Tx) error {
			other := paceline.Scope{Partner: h.partner, Account: h.account.Num + 1}
			own := paceline.Scope{Partner: h.partner, Account: h.account.Num}
			if err := tx.InsertBlob(other, store.Blob{ID: foreign, Size: 1, CreatedAt: tx.Now()}); err != nil {
				return err
			}
			if err := tx.KeepFile(other, foreign); err != nil {
				return err
			}
			return tx.InsertBlob(own, store.Blob{ID: plain, Size: 1, CreatedAt: tx.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
		plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"send": {After: "received", Call: "upload", Map: map[string]string{"file": "received/name"}}},
		}})
		_, address := h.install(t.Context(), plan, 0)
		for _, ref := range []paceline.ID{foreign, plain, "", "x"} {
			var body bytes.Buffer
			fmt.Fprintf(&body, `{"name":{"ref":%q}}`, ref)
			if _, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: body.Bytes(), At: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		h.settled(t)
		if len(remote.got) != 0 {
			t.Errorf("%q was sent", remote.got)
		}
		list, err := h.engine.Transactions(t.Context(), h.principal(), h.account, engine.TransactionFilter{Code: paceline.CodeBuildRequest}, paceline.Page{Size: 10})
		if err != nil || len(list.Items) != 4 {
			t.Errorf("%d transactions failed to build, %v", len(list.Items), err)
		}
	})
}
