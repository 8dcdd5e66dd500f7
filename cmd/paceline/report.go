package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// reporting is the flag of commands whose figures a script may want.
type reporting struct {
	Report string `enum:"text,json" default:"text" placeholder:"FORM" help:"How the outcome is told: text, or json for one line of JSON on standard output, which holds every figure. Exit codes are the same. Default: text."`
}

// text is where the command writes for people: nowhere when a script reads.
func (r reporting) text(c *console) *console {
	if r.Report != "json" {
		return c
	}
	silent := *c
	silent.out = io.Discard
	return &silent
}

// line ends standard output with the figures, when they were asked for.
func (r reporting) line(c *console, figures any) error {
	if r.Report != "json" {
		return nil
	}
	text, err := json.Marshal(figures)
	if err == nil {
		_, err = fmt.Fprintf(c.out, "%s\n", text)
	}
	return err
}
