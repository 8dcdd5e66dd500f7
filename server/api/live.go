package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"paceline"
	"paceline/engine"
	"paceline/server/api/wire"
)

// LiveLimits bound the streams of live progress. Zero values mean the defaults in brackets.
type LiveLimits struct {
	PerCaller int           // streams of one caller at once [20]
	Comment   time.Duration // between the comments that keep a stream alive [15 s]
	Authorise time.Duration // between two looks whether the caller may still listen [1 min]
	Write     time.Duration // that a reader may take over one event [10 s]
}

func (l LiveLimits) withDefaults() LiveLimits {
	set := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&l.Comment, 15*time.Second)
	set(&l.Authorise, time.Minute)
	set(&l.Write, 10*time.Second)
	if l.PerCaller <= 0 {
		l.PerCaller = 20
	}
	return l
}

// listeners counts the streams of each caller.
type listeners struct {
	mu    sync.Mutex
	count map[string]int
}

func (l *listeners) enter(caller string, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count[caller] >= most {
		return false
	}
	if l.count == nil {
		l.count = map[string]int{}
	}
	l.count[caller]++
	return true
}

func (l *listeners) leave(caller string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count[caller]--; l.count[caller] == 0 {
		delete(l.count, caller)
	}
}

type liveInput struct {
	Last string `header:"Last-Event-ID" doc:"Id of the last event that was seen; what came since is told first, for five minutes."`
}

type transactionLiveInput struct {
	CyclePath
	Transaction string `path:"transaction" format:"uuid"`
	liveInput
}

const liveText = " The stream is text/event-stream; events are transaction, step, cycle, and reset when what was missed is not known any more."

func (a *API) live() {
	a.limits, a.listeners = a.Live.withDefaults(), &listeners{}
	addStream(a, Route{ID: "Account_Live_GET", Method: http.MethodGet, Path: "/account/live", Tag: transactionsTag, Level: Account, Extension: true,
		Summary: "Listen to what happens in the account." + liveText}, func(ctx context.Context, c *Call, in *liveInput) (*engine.LiveStream, error) {
		return a.Engine.Listen(ctx, c.Principal, c.Account, "", "", in.Last)
	})
	addStream(a, Route{ID: "Cycles_TransactionLive_GET", Method: http.MethodGet, Path: "/cycles/{id}/transactions/{transaction}/live", Tag: transactionsTag,
		Level: Account, Extension: true, IDs: []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "transaction", Owner: "account"}},
		Summary: "Listen to what happens to a transaction." + liveText}, func(ctx context.Context, c *Call, in *transactionLiveInput) (*engine.LiveStream, error) {
		id, err := guid(in.ID)
		if err != nil {
			return nil, err
		}
		transaction, err := guid(in.Transaction)
		if err != nil {
			return nil, err
		}
		return a.Engine.Listen(ctx, c.Principal, c.Account, id, transaction, in.Last)
	})
}

// addStream registers a route whose answer is a stream of events.
func addStream[I any](a *API, r Route, open func(context.Context, *Call, *I) (*engine.LiveStream, error)) {
	op := a.operation(r)
	op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: &huma.Schema{Type: "string"}},
	}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		c := callOf(ctx)
		caller := fmt.Sprint(c.Principal.Partner, c.Principal.Kind, c.Principal.RestrictedTo, c.Principal.UserID, c.Principal.Name)
		if !a.listeners.enter(caller, a.limits.PerCaller) {
			return nil, a.fault(ctx, paceline.Fail(paceline.CodeThrottled).In(a.limits.Comment))
		}
		s, err := open(ctx, c, in)
		if err != nil {
			a.listeners.leave(caller)
			return nil, a.fault(ctx, err)
		}
		return &huma.StreamResponse{Body: func(huma.Context) {
			defer a.listeners.leave(caller)
			defer s.Close()
			a.stream(c, r, s)
		}}, nil
	})
}

// stream writes events until the caller leaves, may not listen any more, or is too slow.
func (a *API) stream(c *Call, r Route, s *engine.LiveStream) {
	w := c.Writer
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := &eventWriter{w: w, rc: http.NewResponseController(w), limit: a.limits.Write}
	defer out.rc.SetWriteDeadline(time.Time{}) // the connection may serve again
	if s.Reset {
		out.event("", "reset", struct{}{})
	}
	for _, ev := range s.Missed {
		out.live(ev)
	}
	out.comment("ready", s.Place())
	out.flush()
	var clock paceline.SystemClock
	comment, stopComment := clock.NewTimer(a.limits.Comment)
	authorise, stopAuthorise := clock.NewTimer(a.limits.Authorise)
	defer func() { stopComment(); stopAuthorise() }()
	for out.err == nil {
		select {
		case ev, open := <-s.Events:
			if !open {
				return
			}
			out.live(ev)
			for range len(s.Events) { // what is there already goes with it
				if ev, open = <-s.Events; open {
					out.live(ev)
				}
			}
		case <-comment:
			out.comment("still here", s.Place())
			comment, stopComment = clock.NewTimer(a.limits.Comment)
		case <-authorise:
			if _, err := a.identify(c.Request, r); err != nil {
				return
			}
			authorise, stopAuthorise = clock.NewTimer(a.limits.Authorise)
		case <-c.Request.Context().Done():
			return
		}
		out.flush()
	}
}

// eventWriter writes events; after an error it does nothing.
type eventWriter struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	limit time.Duration
	err   error
}

func (o *eventWriter) text(s string) {
	if o.err == nil {
		o.rc.SetWriteDeadline(paceline.SystemClock{}.Now().Add(o.limit)) // one that has none blocks no longer than its connection
		_, o.err = o.w.Write([]byte(s))
	}
}

func (o *eventWriter) flush() {
	if o.err == nil {
		o.err = o.rc.Flush()
	}
}

// comment writes what no reader is told of. With the id its place moves all the same, so that one which has long heard nothing
// is not told to read anew when it comes back.
func (o *eventWriter) comment(text, id string) {
	if id != "" {
		text += "\nid: " + id
	}
	o.text(": " + text + "\n\n")
}

func (o *eventWriter) event(id, name string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		o.err = err
		return
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	o.text(id + "event: " + name + "\ndata: " + string(text) + "\n\n")
}

type liveTransactionOut struct {
	TransactionId string
	CycleId       string
	Status        string
	DueOnUtc      *wire.Time
	AtUtc         wire.Time
}

type liveStepOut struct {
	TransactionId string
	CycleId       string
	StepId        string
	StepName      string
	StepType      string
	Status        string
	Exit          *string
	Attempt       int
	DurationMs    int
	DueOnUtc      *wire.Time
	Level         string
	Message       *string
	AtUtc         wire.Time
}

type liveCycleOut struct {
	CycleId string
	Status  string
	AtUtc   wire.Time
}

func (o *eventWriter) live(ev engine.LiveEvent) {
	at := wire.FromMicros(ev.At)
	switch {
	case ev.Transaction != nil:
		t := ev.Transaction
		o.event(ev.ID, "transaction", liveTransactionOut{string(t.ID), string(t.CycleID), string(t.Status), wire.OptTime(t.DueAt), at})
	case ev.Step != nil:
		s := ev.Step
		level := engine.LevelInformation
		switch {
		case s.Problem != "" && s.Warning:
			level = engine.LevelWarning
		case s.Problem != "":
			level = engine.LevelError
		}
		o.event(ev.ID, "step", liveStepOut{
			TransactionId: string(s.Transaction), CycleId: string(s.CycleID), StepId: string(s.StepID), StepName: s.Name, StepType: s.Kind.String(),
			Status: stepStateNames[s.State], Exit: textPtr(string(s.Exit)), Attempt: s.Attempt, DurationMs: s.Millis, DueOnUtc: wire.OptTime(s.DueAt),
			Level: string(level), Message: textPtr(s.Problem), AtUtc: at,
		})
	case ev.Cycle != nil:
		o.event(ev.ID, "cycle", liveCycleOut{string(ev.Cycle.ID), ev.Cycle.State.Wire(), at})
	}
}
