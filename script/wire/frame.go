// Package wire is what the server and its script workers say to each other, over two pipes.
//
// A frame is two lengths of four bytes, a head in JSON and a body in JSON. The server sends Setup once, which the
// worker answers with Ready; then a Run, whose body is the text of the scripts and the globals. The worker answers with Begun before
// it looks at a script, with Calls and Logs, and at last with a Done, whose body is the result and the globals after the run.
// Neither side believes what the other says about lengths.
package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Kinds of frames.
const (
	KindSetup = "setup" // to the worker, once: what it may use
	KindReady = "ready" // to the server, once: the worker has given up the rest
	KindRun   = "run"   // to the worker
	KindReply = "reply" // to the worker: the answer to a call
	KindBegun = "begun" // to the server: a script may have run from here on
	KindCall  = "call"  // to the server: a host function
	KindLog   = "log"   // to the server: a line of the log
	KindDone  = "done"  // to the server: the run is over
)

// Head is the head of every frame; each kind uses the fields that belong to it.
type Head struct {
	Kind string `json:"kind"`

	// Of Setup.
	DataLimit uint64 `json:"dataLimit,omitempty"` // bytes of private memory that the process may have

	// Of Run.
	Event     string   `json:"event,omitempty"`
	Sources   []Source `json:"sources,omitempty"`
	Wall      int64    `json:"wall,omitempty"`      // microseconds until the worker gives up by itself
	Heap      int64    `json:"heap,omitempty"`      // bytes
	Output    int      `json:"output,omitempty"`    // bytes of the Done's body
	LogBytes  int      `json:"logBytes,omitempty"`  // of all lines
	Calls     int      `json:"calls,omitempty"`     // of http_request
	Storage   int      `json:"storage,omitempty"`   // of storage functions
	Measure   bool     `json:"measure,omitempty"`   // whether Done tells the memory
	CheckOnly bool     `json:"checkOnly,omitempty"` // read the sources and run nothing
	Inline    bool     `json:"inline,omitempty"`    // the sources are expressions; the result is the list of their values

	// Of Call and Log.
	Name string `json:"name,omitempty"`

	// Of Reply and Done.
	Error *Error `json:"error,omitempty"`

	// Of Done.
	Handled bool  `json:"handled,omitempty"` // a source had the event
	Result  int   `json:"result,omitempty"`  // bytes of the result, which stands before the globals in the body
	Memory  int64 `json:"memory,omitempty"`
	Retire  bool  `json:"retire,omitempty"` // the worker ends after this
}

// Source is one script, whose text stands in the body before the globals.
type Source struct {
	Level string `json:"level"`
	Size  int    `json:"size"`
}

// Error is what went wrong in a script.
type Error struct {
	Limit   string `json:"limit,omitempty"` // which limit ended the run; "" for an error of the script
	Name    string `json:"name,omitempty"`  // of the error's class
	Message string `json:"message"`
	Level   string `json:"level,omitempty"`
	Source  int    `json:"source,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Syntax  bool   `json:"syntax,omitempty"`
}

// MaxHead bounds the head of a frame.
const MaxHead = 16 << 20

// MaxTold is how much of the texts of an error is told: far more than is shown, so that a secret stands in it in whole.
const MaxTold = 32_000

var errLength = errors.New("a frame is longer than agreed")

// Write writes one frame in one call; the parts of body follow each other.
func Write(w io.Writer, head *Head, body ...[]byte) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if len(text) > MaxHead {
		return errLength
	}
	size := 0
	for _, part := range body {
		size += len(part)
	}
	frame := make([]byte, 8, 8+len(text)+size)
	binary.BigEndian.PutUint32(frame, uint32(len(text)))
	binary.BigEndian.PutUint32(frame[4:], uint32(size))
	frame = append(frame, text...)
	for _, part := range body {
		frame = append(frame, part...)
	}
	_, err = w.Write(frame)
	return err
}

// Read reads one frame whose head and body are no longer than the bounds.
func Read(r io.Reader, head *Head, maxHead, maxBody int) (body []byte, err error) {
	var lengths [8]byte
	if _, err := io.ReadFull(r, lengths[:]); err != nil {
		return nil, err
	}
	h, b := int64(binary.BigEndian.Uint32(lengths[:])), int64(binary.BigEndian.Uint32(lengths[4:]))
	if h > int64(maxHead) || b > int64(maxBody) {
		return nil, errLength
	}
	text, err := readFull(r, h)
	if err != nil {
		return nil, err
	}
	*head = Head{}
	if err := json.Unmarshal(text, head); err != nil {
		return nil, fmt.Errorf("the head of a frame: %w", err)
	}
	return readFull(r, b)
}

// readFull reads n bytes, and takes memory only as they arrive: a length alone costs nothing.
func readFull(r io.Reader, n int64) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	b := make([]byte, 0, min(n, 64<<10))
	for int64(len(b)) < n {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, min(n, 4*int64(cap(b)))), b...)
		}
		got, err := r.Read(b[len(b):min(int64(cap(b)), n)])
		b = b[:len(b)+got]
		if err != nil && int64(len(b)) < n {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return b, nil
}
