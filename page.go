package paceline

import "math"

// Page is what a list call asks for. Number counts from 1; Size 0 means the default of 100.
type Page struct {
	Number, Size int
	OrderBy      string
	Descending   bool
	// After is the cursor of our extension; it wins over Number.
	After string
}

// DefaultPageSize and MaxPageSize bound list calls.
const (
	DefaultPageSize = 100
	MaxPageSize     = 50_000
)

// Limit returns the number of rows to read.
func (p Page) Limit() int {
	switch {
	case p.Size <= 0:
		return DefaultPageSize
	case p.Size > MaxPageSize:
		return MaxPageSize
	}
	return p.Size
}

// Offset returns the number of rows to skip.
func (p Page) Offset() int {
	if p.Number <= 1 {
		return 0
	}
	return min(p.Number-1, math.MaxInt32) * p.Limit() // no list is so long, and the product stays a number
}

// MaxCount caps the totals that list calls count; beyond it no total is told.
const MaxCount = 10_000

// List is one page of a list. Total is -1 when more than MaxCount rows match.
type List[T any] struct {
	Items []T
	Total int
	Next  string // cursor of the following page, "" at the end
}
