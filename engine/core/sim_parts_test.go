package core

import (
	"bytes"
	"time"

	"pgregory.net/rapid"

	"paceline"
)

// inParts is the method of simulated steps that make several calls, of which each is a part.
const inParts = "in parts"

func drawParts(t *rapid.T, s paceline.PlanStep) string {
	if s.Kind == paceline.StepAction && rapid.IntRange(0, 2).Draw(t, "in parts") == 0 {
		return inParts
	}
	return ""
}

// checkPart finds out whether a step that makes several calls goes on exactly where the disk says: a call that
// is durable is not made again, and none is left out.
func (w *world) checkPart(r *Run, t Token) {
	if r.Plan.Steps[t.Step].Method != inParts || t.Seq < 0 {
		return
	}
	row, ok := w.disk[r.Num].rows[t.Seq]
	if want := row.Progress; ok && !bytes.Equal(want, t.Progress) {
		w.t.Fatalf("run %d goes on with row %d at %v, the disk has %v", r.Num, t.Seq, t.Progress, want)
	}
	if !ok && t.Progress != nil {
		w.t.Fatalf("run %d goes on with row %d at %v, the disk has no such row", r.Num, t.Seq, t.Progress)
	}
}

// onePart plays an execution of a step in parts: some calls, of which the last may be refused or fail. It reports
// false when all calls are made. Progress is how many were made, and how many there are.
func (w *world) onePart(e Effect, o *Outcome) bool {
	made, all := byte(0), byte(rapid.IntRange(1, 4).Draw(w.t, "calls"))
	if p := e.Token.Progress; p != nil {
		made, all = p[0], p[1]
	}
	made += byte(rapid.IntRange(0, int(all-made)).Draw(w.t, "made"))
	if o.Verdict != OK {
		if rapid.Bool().Draw(w.t, "some were made") {
			o.Progress = []byte{made, all}
		}
		return true
	}
	if made == all {
		return false
	}
	o.More, o.Progress = true, []byte{made, all}
	if rapid.IntRange(0, 3).Draw(w.t, "a job") == 0 { // the remote works on it, and is asked again
		o.After = time.Duration(rapid.IntRange(1, 40).Draw(w.t, "after")) * time.Second
		o.Asks = rapid.Bool().Draw(w.t, "asks")
	}
	return true
}
