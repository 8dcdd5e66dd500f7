package app

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"paceline"
	"paceline/internal/egress"
	"paceline/server/node"
)

// A running server takes the operator's commands on a loopback address of its own. Its address and a
// secret made at each start lie in a file that only the server's user may read: whoever reads it could
// read the database as well.
const controlFile = "control.json"

type control struct {
	Address string
	Secret  string
	Pid     int
}

// maxCommand caps what a command may carry, in bytes: a template with its pictures.
const maxCommand = 64 << 20

// commandLimit is how long a running server may take over a command. To count the tasks of a large installation anew takes many minutes;
// whoever has waited enough ends the command.
const commandLimit = time.Hour

// controlServer answers commands for one Base.
type controlServer struct {
	base   *Base
	server *http.Server
	secret string
	path   string
}

// startControl begins to listen and leaves the file. Stop ends both.
func startControl(base *Base) (*controlServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("address for commands: %w", err)
	}
	c := &controlServer{base: base, secret: paceline.NewSecret(32), path: filepath.Join(base.storage.Data, controlFile)}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	text, err := json.Marshal(control{Address: listener.Addr().String(), Secret: c.secret, Pid: os.Getpid()})
	if err == nil {
		err = writePrivate(c.path, text)
	}
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("file for commands: %w", err)
	}
	go c.server.Serve(listener) // ends with Close
	return c, nil
}

func (c *controlServer) stop() {
	os.Remove(c.path)
	c.server.Close()
}

// controlAnswer is what a command came to; Error is the text for the operator.
type controlAnswer struct {
	Result json.RawMessage `json:",omitempty"`
	Error  string          `json:",omitempty"`
}

// ServeHTTP runs one command: POST /NAME with the input as JSON.
func (c *controlServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(given), []byte(c.secret)) != 1 || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	input, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCommand))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(c.base.answer(r.Context(), strings.TrimPrefix(r.URL.Path, "/"), input))
}

// answer runs one command, and returns a controlAnswer.
func (b *Base) answer(ctx context.Context, name string, input []byte) []byte {
	var answer controlAnswer
	result, err := b.command(ctx, name, input)
	if err == nil {
		answer.Result, err = json.Marshal(result)
	}
	if err != nil {
		answer = controlAnswer{Error: operatorText(err)}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err) // a text and what was marshalled before
	}
	return text
}

// askNode has one of several nodes run a command.
func (b *Base) askNode(ctx context.Context, name string, body []byte) (answer json.RawMessage, sent bool, err error) {
	if b.storage.SQLite() {
		return nil, false, nil
	}
	text, sent, err := node.Command(ctx, b.store, b.Tenant.IDs().Peers(), b.clock, name, body)
	if err != nil || !sent {
		return nil, sent, err
	}
	var said controlAnswer
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, true, err
	}
	if said.Error != "" {
		return nil, true, errors.New(said.Error)
	}
	return said.Result, true, nil
}

// operatorText is an error as the operator sees it: with its cause, unlike an API's caller.
func operatorText(err error) string {
	if e, ok := errors.AsType[*paceline.Error](err); ok && e.Err == nil {
		return e.Message()
	}
	return err.Error()
}

// Ask runs a command: in the server that runs on this data folder if there is one, else in a node on its database, else in the
// database, which is opened for it. input and result are the structs of command.go.
func Ask(ctx context.Context, o Options, name string, input, result any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	answer, running, err := askServer(ctx, o.Storage.Data, name, body)
	if err != nil {
		return err
	}
	if !running {
		base, err := Open(ctx, o)
		if err != nil {
			return err
		}
		defer base.Close()
		asked, sent, err := base.askNode(ctx, name, body)
		if err != nil {
			return err
		}
		if sent {
			return json.Unmarshal(asked, result)
		}
		value, err := base.command(ctx, name, body)
		if err != nil {
			return err
		}
		if answer, err = json.Marshal(value); err != nil {
			return err
		}
	}
	return json.Unmarshal(answer, result)
}

// askServer asks the running server; running is false when none answers, also after one that crashed.
func askServer(ctx context.Context, data, name string, body []byte) (answer json.RawMessage, running bool, err error) {
	text, err := os.ReadFile(filepath.Join(data, controlFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	var c control
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return nil, false, fmt.Errorf("file for commands: %w", err)
	}
	operator, err := egress.NewOperator(c.Address)
	if err != nil {
		return nil, false, fmt.Errorf("file for commands: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.Address+"/"+name, bytes.NewReader(body))
	if err != nil {
		return nil, false, err
	}
	request.Header.Set("Authorization", "Bearer "+c.Secret)
	response, err := operator.Client(commandLimit).Do(request)
	if err != nil {
		// Only when nothing was sent may another way be tried: a command must not run twice.
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && ctx.Err() == nil {
			return nil, false, nil
		}
		return nil, false, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK { // another program has the port now
		return nil, false, nil
	}
	var a controlAnswer
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return nil, false, fmt.Errorf("the running server's answer: %w", err)
	}
	if a.Error != "" {
		return nil, true, errors.New(a.Error)
	}
	return a.Result, true, nil
}
