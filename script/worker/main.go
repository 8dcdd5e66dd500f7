package worker

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"paceline/script/wire"
)

// Argument is the hidden command of the program that makes it a worker.
const Argument = "script-worker"

// Main serves runs until in ends, and returns the exit code.
func Main(in io.Reader, out io.Writer) int {
	// The number is set so that the runtime does not read files for it later.
	runtime.GOMAXPROCS(2)
	debug.SetMemoryLimit(96 << 20)
	status := openStatus()
	r := bufio.NewReaderSize(in, 32<<10)
	var setup wire.Head
	if _, err := wire.Read(r, &setup, wire.MaxHead, 0); err != nil || setup.Kind != wire.KindSetup {
		return 1
	}
	if err := confine(setup.DataLimit); err != nil {
		os.Stderr.WriteString("script worker: " + err.Error() + "\n")
		return 1
	}
	w := &worker{out: out, runs: make(chan message, 1), replies: make(chan message, 1), status: status}
	w.prepare()
	w.send(&wire.Head{Kind: wire.KindReady})
	go w.read(r)
	for m := range w.runs {
		if !w.run(m) {
			return 0
		}
	}
	return 0
}

// message is a frame from the server.
type message struct {
	head wire.Head
	body []byte
}

type worker struct {
	out     io.Writer
	runs    chan message
	replies chan message
	status  *os.File
	boot    []byte // bytecode of boot.js
	spare   *machine
	used    *machine
	library map[string][]byte
}

// maxBody bounds what the server sends: it has checked its own limits already.
const maxBody = 1 << 30

// read takes frames in, also while a script runs: when the server is gone the process ends at once, however busy.
func (w *worker) read(r io.Reader) {
	for {
		var m message
		body, err := wire.Read(r, &m.head, wire.MaxHead, maxBody)
		if err != nil {
			os.Exit(0)
		}
		m.body = body
		if m.head.Kind == wire.KindRun {
			w.runs <- m
		} else {
			w.replies <- m
		}
	}
}

// send writes a frame. A server that does not take it any more is gone.
func (w *worker) send(head *wire.Head, body ...[]byte) {
	if err := wire.Write(w.out, head, body...); err != nil {
		os.Exit(0)
	}
}
