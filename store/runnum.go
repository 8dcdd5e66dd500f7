package store

import "sync"

// runNumbers hands out transaction numbers from blocks, so that a number costs no write.
type runNumbers struct {
	mu         sync.Mutex
	next, last int64
}
