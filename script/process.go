package script

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"paceline"
	"paceline/script/wire"
)

// process is one worker. All but kill is for the one run that holds it.
type process struct {
	cmd    *exec.Cmd
	in     *os.File // the worker's standard input
	out    *os.File
	reader *bufio.Reader
	stderr *tail
	dead   chan struct{} // closed when the process is gone
	once   sync.Once
	broken bool // not to be used again
	runs   int
}

// start starts a worker; gone is called once it has ended, also when it could not be started.
func start(command []string, data uint64, gone func(*process)) (*process, error) {
	theirIn, ourIn, err := os.Pipe()
	if err != nil {
		gone(nil)
		return nil, err
	}
	ourOut, theirOut, err := os.Pipe()
	if err != nil {
		theirIn.Close()
		ourIn.Close()
		gone(nil)
		return nil, err
	}
	p := &process{in: ourIn, out: ourOut, reader: bufio.NewReaderSize(ourOut, 32<<10), stderr: &tail{}, dead: make(chan struct{})}
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Args[0] = os.Args[0]
	p.cmd.Env, p.cmd.Dir = []string{}, os.TempDir()
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirIn, theirOut, p.stderr
	apart(p.cmd)
	err = p.cmd.Start()
	theirIn.Close()
	theirOut.Close()
	if err != nil {
		ourIn.Close()
		ourOut.Close()
		gone(nil)
		return nil, err
	}
	p.renice(nice) // the server has the processor first, also while it starts
	go func() {
		p.cmd.Wait()
		p.in.Close() // but not out: what the worker said last may not have been read yet
		close(p.dead)
		gone(p)
	}()
	if err := p.setUp(data); err != nil {
		p.kill()
		<-p.dead
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(p.stderr.String()))
	}
	return p, nil
}

// How nice workers are, and those whose run is long while others run, too.
const (
	nice     = 10
	niceLong = 19
)

// readyLimit is how long a worker may take to start.
const readyLimit = 20 * time.Second

// setUp waits until the worker is ready, so that no account's time is spent on its start.
func (p *process) setUp(data uint64) error {
	p.out.SetReadDeadline(paceline.SystemClock{}.Now().Add(readyLimit))
	defer p.out.SetReadDeadline(time.Time{})
	if err := wire.Write(p.in, &wire.Head{Kind: wire.KindSetup, DataLimit: data}); err != nil {
		return err
	}
	var h wire.Head
	if _, err := wire.Read(p.reader, &h, 1<<10, 0); err != nil {
		return err
	}
	if h.Kind != wire.KindReady {
		return fmt.Errorf("the worker said %.20q", h.Kind)
	}
	return nil
}

// ended reports whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

// kill ends the process, whatever it is doing. It may be called again and from anywhere.
func (p *process) kill() {
	p.once.Do(func() {
		p.cmd.Process.Kill()
		p.in.Close()
		p.out.Close()
	})
}

// run gives the worker one run and serves what it asks for.
func (p *process) run(ctx context.Context, r Run, head wire.Head, limits Limits, t *turn) (Result, *Error, error) {
	clock := paceline.SystemClock{}
	begun := clock.Now()
	s := &serving{process: p, run: r, limits: limits, turn: t}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	watched := make(chan struct{})
	timer, stop := clock.NewTimer(limits.Wall + grace)
	go func() {
		defer close(watched)
		defer cancel()
		for over := false; !over; {
			long, stopLong := clock.NewTimer(longRun)
			over = true
			select {
			case <-long:
				over = false
				if !s.reniced && t.crowded() { // others come first from now on
					s.reniced = p.renice(niceLong) == nil
				}
			case <-timer:
				s.overtime = true
			case <-t.stop:
				s.moved = true
			case <-ctx.Done():
				s.cancelled = true
			case <-ended:
				stopLong()
				return
			}
			stopLong()
		}
		if r.Measure {
			s.memory = residentPeak(p.cmd.Process.Pid)
		}
		p.kill()
	}()
	p.runs++
	head.Kind, head.Wall, head.Heap, head.Output = wire.KindRun, limits.Wall.Microseconds(), limits.Heap, limits.Output
	head.LogBytes, head.Calls, head.Storage = limits.Log, limits.Calls, limits.Storage
	body := make([][]byte, 0, len(r.Sources)+1)
	for _, source := range r.Sources {
		code := []byte(strings.ToValidUTF8(source.Code, "\ufffd"))
		head.Sources, body = append(head.Sources, wire.Source{Level: source.Level, Size: len(code)}), append(body, code)
	}
	failed, err := s.serve(ctx, &head, append(body, r.Globals))
	close(ended)
	<-watched
	stop()
	s.moved = s.moved || err == errMoved
	if s.overtime || s.moved || s.cancelled || s.reniced && p.renice(nice) != nil {
		p.broken = true
	}
	s.result.Duration = clock.Now().Sub(begun)
	var lost *lostError
	if err != nil {
		p.broken = true
		failed, lost = s.explain(err)
	}
	if s.memory > s.result.Memory {
		s.result.Memory = s.memory
	}
	switch {
	case s.moved && (lost != nil || failed != nil && failed.Limit != ""):
		return s.result, nil, errMoved
	case s.cancelled && (lost != nil || failed != nil && failed.Limit != ""):
		return s.result, nil, context.Cause(ctx)
	case lost != nil:
		return s.result, nil, lost
	}
	return s.result, failed, nil
}

// lostError is a worker that ended during a run, for no limit that is known.
type lostError struct {
	begun  bool // a script may have run
	served bool // and has done what can't be done twice
	exit   string
	said   string // on its standard error
	cause  error
}

// Error tells the exit status or signal.
func (e *lostError) Error() string { return "a script worker was lost: " + e.exit }

// Unwrap returns what the pipe said.
func (e *lostError) Unwrap() error { return e.cause }

// serving is one run in a worker.
type serving struct {
	process   *process
	run       Run
	limits    Limits
	result    Result
	logged    int
	calls     int
	storage   int
	stored    int // bytes
	begun     bool
	memory    int64
	turn      *turn
	overtime  bool // set, as moved and cancelled are, before the process is killed
	moved     bool
	cancelled bool
	reniced   bool
}

var errFlood = errors.New("the worker sent more than its limits allow")

// serve talks to the worker until the run is over. Its error says that the worker is lost.
func (s *serving) serve(ctx context.Context, head *wire.Head, run [][]byte) (*Error, error) {
	p := s.process
	if err := wire.Write(p.in, head, run...); err != nil {
		return nil, err
	}
	// A worker whose memory is spoilt may send anything: each length and number is checked on this side, too.
	const slack, maxTold = 4 << 10, 12*wire.MaxTold + 64<<10
	for {
		var h wire.Head
		body, err := wire.Read(p.reader, &h, maxTold, 2*s.limits.Output+slack)
		if err != nil {
			return nil, err
		}
		switch h.Kind {
		case wire.KindBegun:
			if s.begun {
				return nil, errFlood
			}
			s.begun = true
		case wire.KindLog:
			if s.logged += len(body); s.logged > s.limits.Log+slack || len(s.result.Log) > s.limits.Log {
				return nil, errFlood
			}
			s.result.Log = append(s.result.Log, strings.ToValidUTF8(string(body), "\ufffd"))
		case wire.KindCall:
			if s.over(h.Name) || !json.Valid(body) {
				return nil, errFlood
			}
			if !s.turn.keep() {
				return nil, errMoved
			}
			answer, failed := s.call(ctx, h.Name, body)
			if h.Name != FuncHTTP {
				s.stored += len(body) + len(answer)
			}
			if err := wire.Write(p.in, &wire.Head{Kind: wire.KindReply, Error: failed}, answer); err != nil {
				return nil, err
			}
		case wire.KindDone:
			return s.done(&h, body)
		default:
			return nil, fmt.Errorf("a frame of kind %.20q", h.Kind)
		}
	}
}

// over counts a call and reports whether it is one too many; the worker counts first and ends the run by itself.
func (s *serving) over(name string) bool {
	if name == FuncHTTP {
		s.calls++
		return s.calls > s.limits.Calls
	}
	s.storage++
	return s.storage > s.limits.Storage || s.stored > StorageBytes
}

// FuncHTTP is the host function that makes a request; the others are storage functions.
const FuncHTTP = "http_request"

func (s *serving) call(ctx context.Context, name string, args []byte) ([]byte, *wire.Error) {
	if s.run.Host == nil {
		return nil, &wire.Error{Name: "Error", Message: name + " is not available here"}
	}
	answer, err := s.run.Host.Call(ctx, name, args)
	if err != nil {
		return nil, &wire.Error{Name: "Error", Message: err.Error()}
	}
	return answer, nil
}

// done reads the end of a run.
func (s *serving) done(h *wire.Head, body []byte) (*Error, error) {
	if h.Result < 0 || h.Result > len(body) {
		return nil, errFlood
	}
	value, globals := body[:h.Result:h.Result], body[h.Result:]
	if len(value) > s.limits.Output || len(globals) > s.limits.Output || !validJSON(value) || !validJSON(globals) {
		return nil, errFlood
	}
	s.process.broken = h.Retire
	s.result.Handled, s.result.Memory = h.Handled, h.Memory
	if depth(value) > maxDepth || depth(globals) > maxDepth {
		return &Error{Limit: LimitDepth, Message: limitText(LimitDepth, s.limits)}, nil
	}
	if len(value) > 0 {
		s.result.Value = value
	}
	s.result.Globals = globals
	if h.Error == nil {
		return nil, nil
	}
	e := &Error{
		Limit: h.Error.Limit, Name: s.shown(h.Error.Name, 100), Message: s.shown(h.Error.Message, 2000), Level: clean(h.Error.Level, 20),
		Line: max(h.Error.Line, 0), Column: max(h.Error.Column, 0), Syntax: h.Error.Syntax, Source: h.Error.Source,
	}
	if e.Limit != "" {
		s.process.broken = true
		e.Name, e.Message = "", limitText(e.Limit, s.limits)
	}
	if e.Source < 0 || e.Source >= len(s.run.Sources) {
		e.Source = 0
	}
	return e, nil
}

func validJSON(text []byte) bool { return len(text) == 0 || json.Valid(text) }

// maxDepth is how deeply what a script returns may be nested.
const maxDepth = 512

// depth returns how deeply valid JSON is nested.
func depth(text []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			now++
			deepest = max(deepest, now)
		case c == ']' || c == '}':
			now--
		}
	}
	return deepest
}

// secretMost is how long a secret may be that stands where a worker has cut a text.
const secretMost = wire.MaxTold / 2

// shown is a text of a script as it is shown: first without its secrets, then so short that nothing is left of one that
// the worker has cut.
func (s *serving) shown(text string, most int) string {
	cut := len(text) >= wire.MaxTold
	if s.run.Mask != nil {
		text = string(s.run.Mask([]byte(text)))
	}
	if cut && len(text)-secretMost < most {
		return clean(text[:max(0, len(text)-secretMost)], most) + "..."
	}
	return clean(text, most)
}

// clean makes a text of the worker fit for a log line and an incident.
func clean(text string, most int) string {
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// explain says which limit a worker was lost for, if it was for one.
func (s *serving) explain(err error) (*Error, *lostError) {
	p := s.process
	if s.overtime {
		return &Error{Limit: LimitTime, Message: limitText(LimitTime, s.limits)}, nil
	}
	p.kill()
	<-p.dead
	last := p.stderr.String()
	switch {
	case errors.Is(err, errFlood):
		return &Error{Limit: LimitOutput, Message: limitText(LimitOutput, s.limits)}, nil
	case strings.Contains(last, "out of memory") || strings.Contains(last, "cannot allocate memory") || strings.Contains(last, "errno=12"):
		return &Error{Limit: LimitMemory, Message: limitText(LimitMemory, s.limits)}, nil
	}
	return nil, &lostError{begun: s.begun, served: s.calls+s.storage > 0, exit: p.cmd.ProcessState.String(), said: last, cause: err}
}

// limitText is what people read about a limit.
func limitText(limit string, l Limits) string {
	switch limit {
	case LimitTime:
		return "the script ran longer than " + l.Wall.String()
	case LimitMemory:
		return "the script needs more than " + bytesText(l.Heap) + " of memory"
	case LimitInput:
		return "the values given to the script are larger than " + bytesText(int64(l.Input))
	case LimitOutput:
		return "the script gave back more than " + bytesText(int64(l.Output))
	case LimitLog:
		return "the script logged more than " + bytesText(int64(l.Log))
	case LimitCalls:
		return "the script made more than " + strconv.Itoa(l.Calls) + " requests"
	case LimitStorage:
		return "the script used the storage more than " + strconv.Itoa(l.Storage) + " times, or for more than " + bytesText(StorageBytes)
	case LimitSource:
		return "the script is longer than " + bytesText(int64(l.Source))
	case LimitDepth:
		return "the script gave back values that are nested too deeply"
	}
	return "the script broke its worker"
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// tail keeps the beginning of what a worker writes to its standard error: the reason of its end.
type tail struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps 2 KiB and takes the rest.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(b[:min(len(b), max(0, 2048-t.text.Len()))])
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
