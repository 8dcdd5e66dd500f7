package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync/atomic"
	"time"

	"paceline/bench/journal"
)

// Persist says which records are on the disk before the work goes on.
type Persist string

// The levels of durability.
const (
	None   Persist = "none"
	Accept Persist = "accept"
	Steps  Persist = "steps"
)

// Kinds of records in the log.
const (
	accepted = 'A' // data: the webhook's body
	called   = 'C' // data: the id that the CRM gave
	ended    = 'E'
)

// run is one webhook on its way; crmID is set once the first call was made.
type run struct {
	number uint64
	body   []byte
	crmID  string
}

// Reference accepts webhooks and carries them through W1.
type Reference struct {
	flow    flow
	persist Persist
	log     *journal.Journal // nil for None
	last    atomic.Uint64
	ready   chan run
}

// backlog is how many accepted runs can wait in memory.
const backlog = 1 << 20

// NewReference resumes what the log holds unfinished and starts the workers, which run until the
// process ends.
func NewReference(sink string, persist Persist, path string, workers int) (*Reference, error) {
	ref := &Reference{persist: persist, ready: make(chan run, backlog)}
	ref.flow = flow{sink: sink, client: &http.Client{
		Timeout:   5 * time.Minute,
		Transport: &http.Transport{MaxIdleConnsPerHost: workers},
	}}
	switch persist {
	case None:
	case Accept, Steps:
		unfinished := map[uint64]run{}
		var err error
		ref.log, err = journal.Open(path, func(r journal.Record) { ref.replay(unfinished, r) })
		if err != nil {
			return nil, err
		}
		for _, r := range unfinished {
			ref.ready <- r
		}
	default:
		return nil, fmt.Errorf("-persist %q: want none, accept or steps", persist)
	}
	for range workers {
		go ref.work()
	}
	return ref, nil
}

func (ref *Reference) replay(unfinished map[uint64]run, r journal.Record) {
	ref.last.Store(max(ref.last.Load(), r.Number))
	switch r.Kind {
	case accepted:
		unfinished[r.Number] = run{number: r.Number, body: append([]byte(nil), r.Data...)}
	case called:
		if known, ok := unfinished[r.Number]; ok {
			known.crmID = string(r.Data)
			unfinished[r.Number] = known
		}
	case ended:
		delete(unfinished, r.Number)
	}
}

// Accept answers 202 once the webhook is as durable as asked for, 400 when it is not JSON and 503 when
// the log cannot be written.
func (ref *Reference) Accept(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil || !json.Valid(body) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r := run{number: ref.last.Add(1), body: body}
	if err := ref.note(accepted, r.number, body); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	ref.ready <- r
	w.WriteHeader(http.StatusAccepted)
}

func (ref *Reference) work() {
	for r := range ref.ready {
		if err := ref.carry(r); err != nil {
			log.Printf("run %d: %v", r.number, err)
		}
	}
}

func (ref *Reference) carry(r run) error {
	var in contact
	if err := json.Unmarshal(r.body, &in); err != nil {
		return err
	}
	if r.crmID == "" {
		id, err := ref.flow.createInCRM(in)
		if err != nil {
			return err
		}
		r.crmID = id
		if ref.persist == Steps {
			if err := ref.note(called, r.number, []byte(id)); err != nil {
				return err
			}
		}
	}
	if err := ref.flow.tellRegion(in, r.crmID); err != nil {
		return err
	}
	return ref.note(ended, r.number, nil)
}

func (ref *Reference) note(kind byte, number uint64, data []byte) error {
	if ref.log == nil {
		return nil
	}
	return ref.log.Append(journal.Record{Kind: kind, Number: number, Data: data})
}
