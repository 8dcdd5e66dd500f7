package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

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

// Run runs the script in a worker of its own and tells what came of it.
func (s *scriptRunCommand) Run(ctx context.Context, c *console) error {
	if !script.Event(s.Event).Known() {
		return fmt.Errorf("there is no event %s; the events are %v", s.Event, script.Events())
	}
	if s.Timeout <= 0 || s.Timeout > script.MaxWall {
		return fmt.Errorf("--timeout: want more than 0 and at most %s", script.MaxWall)
	}
	code, err := os.ReadFile(s.File)
	if err != nil {
		return err
	}
	globals := []byte("{}")
	if s.Globals != "" {
		if globals, err = os.ReadFile(s.Globals); err != nil {
			return err
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(globals, &object); err != nil || object == nil {
			return fmt.Errorf("%s does not hold a JSON object", s.Globals)
		}
	}
	program, err := script.Program()
	if err != nil {
		return err
	}
	pool := script.NewPool(script.Config{Command: []string{program, worker.Argument}, Warm: 1})
	defer pool.Close()
	result, err := pool.Run(ctx, script.Run{
		Event: script.Event(s.Event), Sources: []script.Source{{Code: string(code)}}, Globals: globals,
		Wall: s.Timeout, Measure: true,
	})
	failed, ran := errors.AsType[*script.Error](err)
	if err != nil && !ran {
		return err
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
	if err := s.line(c, figures); err != nil || failed == nil {
		return err
	}
	return oneLine(failed)
}

func orUndefined(value json.RawMessage) string {
	if len(value) == 0 {
		return "undefined"
	}
	return string(value)
}

// oneLine makes the error of a script one line, also when its text has several.
func oneLine(err error) error {
	text := []rune(err.Error())
	for i, r := range text {
		if r == '\n' || r == '\r' || r == '\t' {
			text[i] = ' '
		}
	}
	return errors.New(string(text))
}
