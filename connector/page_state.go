package connector

import (
	"encoding/json"
	"errors"
	"hash/fnv"
	"math/bits"

	"paceline/mapping"
)

// PageState says which part of a long call comes next: a page of what is read, or a chunk of what is sent.
// Result.Next gives one and Call.Page takes it. It is small, and its JSON form may be kept across a crash; a
// token of the vendor may be in it, so it is stored sealed like other data of a step.
type PageState struct{ state pageState }

type pageState struct {
	Values []mapping.Value `json:"v,omitempty"` // what is sent, in the order of the pager's places
	URL    string          `json:"u,omitempty"` // of the page, instead of the method's address
	Beyond []mapping.Value `json:"b,omitempty"` // where the vendor's list has ended: from what, and above which key
	Item   int             `json:"i,omitempty"` // of a chunk: the first item
	Parts  int             `json:"p"`           // pages or chunks done
	Rows   int             `json:"r"`
	Last   uint64          `json:"l,omitempty"` // hash of what leads to this page
	Mark   uint64          `json:"m,omitempty"` // hash of an earlier page, against circles
	Job    *jobState       `json:"j,omitempty"`
	Data   json.RawMessage `json:"d,omitempty"` // what scripts hand on
}

// Parts returns how many pages or chunks were done before this one.
func (p *PageState) Parts() int {
	if p == nil {
		return 0
	}
	return p.state.Parts
}

// Asks reports whether the call only asks about a job that was begun before, or fetches what it made.
func (p *PageState) Asks() bool { return p != nil && p.state.Job != nil }

// Rows returns how many rows those brought.
func (p *PageState) Rows() int {
	if p == nil {
		return 0
	}
	return p.state.Rows
}

// MarshalJSON writes the state.
func (p *PageState) MarshalJSON() ([]byte, error) { return json.Marshal(p.state) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *PageState) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &p.state) }

// What ends a long call before the vendor says that it is over; errors.Is finds them in the *Error.
var (
	ErrPageRepeated = errors.New("the next page is one that was fetched already")
	ErrTooManyPages = errors.New("there are more pages than the connector's maxPages")
	ErrTooManyRows  = errors.New("there are more rows than the connector's maxRows")
	ErrPageAddress  = errors.New("the next page lies at an address that the connector does not name")
	ErrPageUnread   = errors.New("where the next page is can not be read in the answer")
)

// follows fills what the state after the present one has in common for all kinds, and reports a circle: it
// compares with the page before and with one that moves on in doubling steps, so that every circle is found
// with two numbers of memory.
func (p *PageState) follows(before *PageState, rows int, key uint64) error {
	s := &p.state
	s.Parts, s.Rows, s.Last = 1, rows, key
	if before != nil {
		b := &before.state
		s.Parts, s.Rows, s.Mark = b.Parts+1, b.Rows+rows, b.Mark
		if key == b.Last || key == b.Mark {
			return ErrPageRepeated
		}
	}
	if bits.OnesCount(uint(s.Parts)) == 1 {
		s.Mark = key
	}
	return nil
}

// pageKey hashes what identifies a page.
func pageKey(texts ...[]byte) uint64 {
	h := fnv.New64a()
	for _, t := range texts {
		h.Write(t)
		h.Write([]byte{0})
	}
	return max(h.Sum64(), 1) // 0 means none
}
