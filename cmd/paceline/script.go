package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"paceline/script"
	"paceline/script/worker"
)

// scriptCommand tries scripts without a server.
type scriptCommand struct {
	Run scriptRunCommand `cmd:"" help:"Run a script's function for one event, with the limits of the server."`
}

type scriptRunCommand struct {
	reporting `embed:""`
	Event     string        `required:"" placeholder:"EVENT" help:"The event whose function is called, such as before_action."`
	Globals   string        `type:"existingfile" placeholder:"FILE" help:"JSON file with an object: the globals that the script finds. Default: none."`
	Timeout   time.Duration `default:"10s" placeholder:"TIME" help:"When the script is stopped, at most 60s. Default: 10s."`
	File      string        `arg:"" type:"existingfile" help:"The script."`
}

// scriptFigures is what --report json of script run tells.
type scriptFigures struct {
	Event   string          `json:"event"`
	Handled bool            `json:"handled"`
	Result  json.RawMessage `json:"result"`
	Globals json.RawMessage `json:"globals"`
	Error   *scriptError    `json:"error"`
	Log     []string        `json:"log"`
	// Duration is in milliseconds, Memory in bytes: the most that the worker process held.
	Duration float64 `json:"duration"`
	Memory   int64   `json:"memory"`
}

type scriptError struct {
	Limit   string `json:"limit"`
	Name    string `json:"name"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// check checks the event and the time.
func (s *scriptRunCommand) check() error {
	if !script.Event(s.Event).Known() {
		return fmt.Errorf("there is no event %s; the events are %v", s.Event, script.Events())
	}
	if s.Timeout <= 0 || s.Timeout > script.MaxWall {
		return fmt.Errorf("--timeout: want more than 0 and at most %s", script.MaxWall)
	}
	return nil
}

// files reads the script and its globals.
func (s *scriptRunCommand) files() (code, globals []byte, err error) {
	if code, err = readMost(s.File, script.DefaultSource); err != nil || s.Globals == "" {
		return code, []byte("{}"), err
	}
	globals, err = readMost(s.Globals, script.DefaultInput)
	if err != nil || len(globals) > script.DefaultInput {
		return code, globals, err // too long is a limit as any other
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(globals, &object); err != nil || object == nil {
		return nil, nil, fmt.Errorf("%s does not hold a JSON object", s.Globals)
	}
	return code, globals, nil
}

// readMost reads one byte more than a limit lets through, so that a file without an end is like one that is too long.
func readMost(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	return bytes.TrimPrefix(text, []byte("\ufeff")), err
}

// Run runs the script in a worker of its own and tells what came of it. An error of the script or a limit ends with
// exitFailed, all that keeps it from running with exitUsage.
func (s *scriptRunCommand) Run(ctx context.Context, c *console) error {
	if err := s.check(); err != nil {
		return notRun{err}
	}
	code, globals, err := s.files()
	if err != nil {
		return notRun{err}
	}
	program, err := script.Program()
	if err != nil {
		return notRun{err}
	}
	pool := script.NewPool(script.Config{Command: []string{program, worker.Argument}, Warm: 1})
	defer pool.Close()
	result, err := pool.Run(ctx, script.Run{
		Event: script.Event(s.Event), Sources: []script.Source{{Code: string(code)}}, Globals: globals,
		Wall: s.Timeout, Measure: true,
	})
	failed, ran := errors.AsType[*script.Error](err)
	if err != nil && !ran {
		return notRun{err}
	}
	figures := scriptFigures{
		Event: s.Event, Handled: result.Handled, Result: result.Value, Globals: result.Globals, Log: append([]string{}, result.Log...),
		Duration: float64(result.Duration.Microseconds()) / 1000, Memory: result.Memory,
	}
	if failed != nil {
		figures.Error = &scriptError{failed.Limit, failed.Name, failed.Message, failed.Line, failed.Column}
	}
	text := s.text(c)
	for _, line := range result.Log {
		text.printf("log: %s\n", line)
	}
	if failed == nil && !result.Handled {
		text.printf("the script has no function %s\n", s.Event)
	} else if failed == nil {
		text.printf("result: %s\nglobals: %s\n", orUndefined(result.Value), result.Globals)
	}
	if err := s.line(c, figures); err != nil {
		return notRun{err}
	}
	if failed == nil {
		return nil
	}
	return oneLine(failed)
}

func orUndefined(value json.RawMessage) string {
	if len(value) == 0 {
		return "undefined"
	}
	return string(value)
}

// oneLine makes the error of a script one line, also when its text has several, or what a terminal acts on.
func oneLine(err error) error {
	return errors.New(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, err.Error()))
}
