package engine

import (
	"errors"

	"paceline/connector"
	"paceline/store"
)

// answerSink takes a large answer into a draft while it arrives.
type answerSink struct {
	draft draft
	limit int64
	err   error // why it takes no more
}

var errStepData = errors.New("the answer is larger than the data of a step may be")

// sinkOf readies the sink of a run for a call.
func (x *execution) sinkOf() *answerSink {
	s := &x.live.sink
	s.limit, s.err = int64(x.engine.limits.StepData), nil
	s.draft.begin(x)
	return s
}

// begin makes a draft for the row of an execution.
func (d *draft) begin(x *execution) {
	*d = draft{engine: x.engine, ctx: x.context(), key: x.live.key, head: x.run.Head}
}

// Reset begins anew, in the same blob.
func (s *answerSink) Reset() { s.draft.full, s.draft.tail = 0, s.draft.tail[:0] }

// Write takes the next bytes.
func (s *answerSink) Write(p []byte) error {
	switch {
	case s.err != nil:
	case s.draft.size()+int64(len(p)) > s.limit:
		s.err = errStepData
	default:
		s.err = s.draft.write(p)
	}
	return s.err
}

// sinkFailed tells why a large answer could not be taken. It reports false when that is not so.
func (x *execution) sinkFailed(s *answerSink, result connector.Result) bool {
	switch {
	case s.err == nil:
		return false
	case errors.Is(s.err, errStepData):
		x.sealed(result, false)
		x.tooLarge()
	default:
		x.away(s.err)
	}
	return true
}

// streamed makes an answer that lies in the sink the output of the step.
func (x *execution) streamed(s *answerSink, result connector.Result) {
	x.out.TasksOK, x.out.TasksIncident = int32(result.TasksOK), int32(result.TasksIncident)
	x.warned(result.Warnings)
	x.out.RowsOut = int32(result.Rows)
	out, err := s.draft.close(x.token.Seq)
	blob := store.Blob{ID: s.draft.blob, Size: s.draft.size()}
	s.draft = draft{}
	if err != nil {
		x.away(err)
		return
	}
	x.sealed(result, false)
	x.out.Output = out
	switch {
	case x.step.SplitAt != "":
		x.splitBlob(blob)
	case x.step.Unsplittable:
		x.unsplittable()
	}
}
