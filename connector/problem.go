package connector

import (
	"cmp"
	"fmt"
	"slices"
)

// Problem is one mistake in a definition: where it is, what was expected, and what to do about it.
type Problem struct {
	File    string
	Line    int // counts from 1; 0 when the file as a whole is meant
	Message string
	Remedy  string
	// Warning marks what a private definition may do and a shipped one may not.
	Warning bool
}

// String returns "file:line: error: message (remedy)".
func (p Problem) String() string {
	level := "error"
	if p.Warning {
		level = "warning"
	}
	s := fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, level, p.Message)
	if p.Remedy != "" {
		s += "\n\t" + p.Remedy
	}
	return s
}

// Failed reports whether any of the problems is an error.
func Failed(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Warning })
}

// problems collects mistakes by their place in the document (a JSON pointer).
type problems struct {
	file string
	tree *node
	list []Problem
}

// maxProblems bounds how many are told: nobody reads more, and a hostile file may have one per byte.
const maxProblems = 500

func (p *problems) add(at, message, remedy string) {
	if len(p.list) >= maxProblems {
		return
	}
	p.list = append(p.list, Problem{File: p.file, Line: p.tree.line(at), Message: message, Remedy: remedy})
}

func (p *problems) warn(at, message, remedy string) {
	before := len(p.list)
	p.add(at, message, remedy)
	if len(p.list) > before {
		p.list[before].Warning = true
	}
}

// sorted returns the problems by line, without repeats.
func (p *problems) sorted() []Problem {
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(p.list)
}
