package limiter

import "time"

// firstHold is how long calls are held when the remote does not say; longer by one of growth for each
// refusal in a row. It never gives up.
const firstHold = time.Minute

var growth = [...]time.Duration{0, 1 * time.Minute, 4 * time.Minute, 11 * time.Minute, 26 * time.Minute, 56 * time.Minute}

// MaxHold bounds what a remote may ask for: a longer time is no time that anybody means, such as the end of all days.
const MaxHold = 366 * 24 * time.Hour

// Hold is what there is to know of a credential that calls were refused of, to be remembered elsewhere.
type Hold struct {
	Until    time.Time
	Since    time.Time // when the remote refused last
	Refusals int       // in a row
}

// Remembered is how long a hold counts after its last refusal, once it is over.
const Remembered = 24 * time.Hour

// Restore holds the calls of a credential as an earlier process did. Call it before the first Acquire.
func (l *Limiter) Restore(credential Key, h Hold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holds[credential] = &hold{until: h.Until, since: h.Since, row: h.Refusals}
}

func (h *hold) snapshot() Hold { return Hold{h.until, h.since, h.row} }

// probePause is how long others wait while one call tries whether the remote takes calls again.
const probePause = time.Second

// hold is the state of one credential that the remote refused calls of.
type hold struct {
	until   time.Time
	since   time.Time // when the remote refused last
	row     int       // refusals in a row
	probing time.Time // beginning of the call that tries; zero for none
	waiting int       // who asked while it tries
}

// blocks returns until when calls wait, or zero.
func (h *hold) blocks(now time.Time) time.Time {
	switch {
	case h.until.After(now):
		return h.until
	case !h.probing.IsZero():
		h.waiting++
		return now.Add(probePause + min(time.Duration(h.waiting)*10*time.Millisecond, time.Minute))
	}
	return time.Time{}
}

// probe notes the first call after a hold: it goes alone.
func (h *hold) probe(now time.Time) {
	if h.row > 0 {
		h.probing, h.waiting = now, 0
	}
}

// refused lengthens the hold. Calls that were under way together count as one refusal.
func (h *hold) refused(at, now time.Time, asked time.Duration) {
	if h.row == 0 || !at.Before(h.since) {
		h.row++
	}
	h.since = now
	wait := min(asked, MaxHold)
	if wait <= 0 {
		wait = firstHold
	}
	wait += growth[min(h.row, len(growth))-1]
	h.until = later(h.until, now.Add(wait))
}

// answered ends the row of refusals, if the call began after the last of them.
func (h *hold) answered(at time.Time) {
	if !at.Before(h.since) {
		h.row = 0
	}
}

// ended lets others go when the call that tried is over.
func (h *hold) ended(at time.Time) {
	if h.probing.Equal(at) {
		h.probing = time.Time{}
	}
}

// idle reports whether the hold can be forgotten: a row of refusals is remembered for a day.
func (h *hold) idle(now time.Time) bool {
	return !h.until.After(now) && h.probing.IsZero() && (h.row == 0 || now.Sub(h.since) > Remembered)
}
