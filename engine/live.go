package engine

import (
	"context"
	"sync/atomic"

	"paceline/engine/core"
	"paceline/internal/seal"
	"paceline/mapping"
	"paceline/store"
)

// live is what the shell keeps of a run in memory: opened outputs, and the op that it writes with. One
// worker at a time uses it, as the tokens of a run are serial.
type live struct {
	plan *prepared
	key  *seal.Key
	// id is the public id of the transaction.
	id      string
	outputs []output // by seq
	// kept are the inputs of a step that makes several calls, from one part to the next.
	kept keptInputs
	// sink takes a large answer of the call in progress.
	sink    answerSink
	outcome core.Outcome
	divided partitions
	// counted are the bytes of the payload that count as waiting in memory.
	counted atomic.Int64

	op      store.Op
	advance store.Advance

	suspect atomic.Pointer[core.Run] // set while it is noted as being carried (suspect.go)

	// reply goes to who waits for it once the next commit is durable.
	reply *reply
	// unanswered are the requests that nothing can answer any more once it is.
	unanswered []request
}

type keptInputs struct {
	seq    int32 // 0 for none
	inputs mapping.Inputs
	items  *mapping.Items
}

// output is the opened output of a row; known says that it needs no look into the store.
type output struct {
	doc   []byte
	known bool
}

// open gets the account's key once.
func (l *live) open(ctx context.Context, e *Engine, r *core.Run) error {
	if l.id == "" {
		l.id = string(e.ids.Encode(r.Num))
	}
	if l.key != nil {
		return nil
	}
	key, err := e.keys(ctx, r.Account)
	l.key = key
	return err
}

// keep remembers the output of a row.
func (l *live) keep(seq int32, doc []byte) {
	for len(l.outputs) <= int(seq) {
		l.outputs = append(l.outputs, output{})
	}
	l.outputs[seq] = output{doc: doc, known: true}
}

// dropped is called when the run has left the memory.
func (l *live) dropped(e *Engine) { l.uncount(e) }

// uncount takes the payload out of the waiting ones: its run has its turn, or is gone.
func (l *live) uncount(e *Engine) {
	if n := l.counted.Swap(0); n != 0 {
		e.inMemory.Add(-n)
	}
}
