package load

import (
	"math"
	"slices"
)

// Result holds the figures of one run. A webhook is accepted when it was answered 2xx, completed when
// its final call came too, and lost when it was accepted and not completed.
type Result struct {
	Label       string  `json:"label,omitempty"`
	URL         string  `json:"url"`
	Rate        float64 `json:"rate"`
	Connections int     `json:"connections"`

	Accepted  int `json:"accepted"`
	Completed int `json:"completed"`
	Lost      int `json:"lost"`
	// Rates count from the first send to the last acknowledgement or final call.
	AcceptedPerS  float64 `json:"accepted_per_s"`
	CompletedPerS float64 `json:"completed_per_s"`
	Seconds       float64 `json:"seconds"`
	// MaxBacklog is the most webhooks that were accepted and not done at one moment.
	MaxBacklog int `json:"max_backlog"`
	// Milliseconds from the moment a webhook was due (open loop) or sent (closed loop).
	Ack      Summary `json:"ack_ms"`
	EndToEnd Summary `json:"end_to_end_ms"`
	// Milliseconds from the same moment to the arrival of the first call of POST /crm.
	Start Summary `json:"start_ms"`
	// Work done twice.
	DuplicateFinals int `json:"duplicate_finals"`
	DuplicateCRM    int `json:"crm_duplicates"`

	Calls   Calls          `json:"calls"`
	Bytes   Bytes          `json:"bytes"`
	Usage   *Usage         `json:"usage,omitempty"`
	Machine Machine        `json:"machine"`
	Errors  map[string]int `json:"errors,omitempty"`
	Note    string         `json:"note,omitempty"`
}

// Calls counts what the platform asked of the sink in the measured part, by path.
type Calls struct {
	CRM       int64            `json:"crm"`
	Finals    map[string]int64 `json:"finals"`
	Unmatched int64            `json:"unmatched"`
}

// Bytes sums the bodies of the measured part.
type Bytes struct {
	Webhooks  int64 `json:"webhooks"`
	Requests  int64 `json:"requests"`
	Responses int64 `json:"responses"`
}

// Total is all payload that the platform saw.
func (b Bytes) Total() int64 { return b.Webhooks + b.Requests + b.Responses }

// Summary describes a set of values; quantiles are by nearest rank.
type Summary struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

// Summarize sorts values and describes them; no values give the zero Summary.
func Summarize(values []float64) Summary {
	n := len(values)
	if n == 0 {
		return Summary{}
	}
	slices.Sort(values)
	var sum float64
	for _, v := range values {
		sum += v
	}
	rank := func(percent int) float64 { return rounded(values[(n*percent+99)/100-1]) }
	return Summary{N: n, Mean: rounded(sum / float64(n)), P50: rank(50), P90: rank(90), P99: rank(99), Max: rank(100)}
}

func (b *ledger) result() Result {
	var r Result
	var acks, starts, ends []float64
	var lastAck, lastEnd int64
	var changes []change
	for i := b.measured; i < len(b.lines); i++ {
		l := &b.lines[i]
		due, ack, end := l.due.Load(), l.acknowledged.Load(), l.finished.Load()
		r.DuplicateFinals += extra(l.finalCalls.Load())
		r.DuplicateCRM += extra(l.crmCalls.Load())
		if start := l.started.Load(); start > 0 {
			starts = append(starts, float64(start-due)/1e6)
		}
		if end > 0 {
			lastEnd = max(lastEnd, end)
			ends = append(ends, float64(end-due)/1e6)
		}
		if ack == 0 {
			continue
		}
		r.Accepted++
		lastAck = max(lastAck, ack)
		acks = append(acks, float64(ack-due)/1e6)
		if end > 0 {
			r.Completed++
		}
		if end == 0 || end > ack { // else it was done before it was acknowledged
			changes = append(changes, change{ack, +1})
			if end > 0 {
				changes = append(changes, change{end, -1})
			}
		}
	}
	r.Lost = r.Accepted - r.Completed
	r.AcceptedPerS = perSecond(r.Accepted, lastAck-b.began)
	r.CompletedPerS = perSecond(r.Completed, lastEnd-b.began)
	r.Seconds = rounded(float64(max(lastAck, lastEnd, b.began)-b.began) / 1e9)
	r.MaxBacklog = highest(changes)
	r.Ack, r.Start, r.EndToEnd = Summarize(acks), Summarize(starts), Summarize(ends)
	return r
}

// change is a step of the backlog at one moment.
type change struct {
	at int64
	by int
}

func highest(changes []change) int {
	slices.SortFunc(changes, func(a, b change) int { return int(a.at - b.at) })
	level, top := 0, 0
	for _, c := range changes {
		level += c.by
		top = max(top, level)
	}
	return top
}

func extra(calls uint32) int { return max(0, int(calls)-1) }

func perSecond(n int, nanos int64) float64 {
	if nanos <= 0 {
		return 0
	}
	return rounded(float64(n) / (float64(nanos) / 1e9))
}

func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }
