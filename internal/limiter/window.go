package limiter

import "time"

// window is the memory of one limit.
type window struct {
	past     []slot // of requests that still count, the oldest first
	count    int    // in past
	per      time.Duration
	last     time.Time // beginning of the last call
	interval time.Duration
	running  int
	average  time.Duration // of a call
	promised time.Time     // the latest time that was given to somebody who waits
}

// slot is a group of requests. Groups keep the memory of a large limit small; they count until the last of
// them is old enough, so a limit is never exceeded.
type slot struct {
	begin, last time.Time
	n           int
}

// slots is into how many groups a window falls at least.
const slots = 64

// usual is how long a call is taken to last before one has been seen.
const usual = 250 * time.Millisecond

// expire drops the requests that no longer count.
func (w *window) expire(now time.Time) {
	n := 0
	for n < len(w.past) && !w.past[n].last.Add(w.per).After(now) {
		w.count -= w.past[n].n
		n++
	}
	w.past = w.past[n:]
}

// free returns when the limit has room for one call: now, or a later time.
func (w *window) free(l *Limit, now time.Time) time.Time {
	at := now
	if l.Requests > 0 {
		w.per = l.Per
		w.expire(now)
		if w.count >= l.Requests {
			at = later(at, w.past[0].last.Add(l.Per))
		}
	}
	if l.Interval > 0 && !w.last.IsZero() {
		at = later(at, w.last.Add(l.Interval))
	}
	if l.Concurrency > 0 && w.running >= l.Concurrency {
		at = later(at, now.Add(w.duration()))
	}
	return at
}

func (w *window) duration() time.Duration {
	if w.average == 0 {
		return usual
	}
	return min(max(w.average, 20*time.Millisecond), time.Minute)
}

// pace is the time between two calls when the limit is used up all the time.
func (w *window) pace(l *Limit) time.Duration {
	pace := l.Interval
	if l.Requests > 0 {
		pace = max(pace, l.Per/time.Duration(l.Requests))
	}
	if l.Concurrency > 0 {
		pace = max(pace, w.duration()/time.Duration(l.Concurrency))
	}
	return pace
}

// promise returns a time at or after at that nobody else was given.
func (w *window) promise(l *Limit, now, at time.Time) time.Time {
	if w.promised.After(now) {
		at = later(at, w.promised.Add(w.pace(l)))
	}
	w.promised = at
	return at
}

func (w *window) take(l *Limit, now time.Time) {
	w.last, w.interval = now, l.Interval
	w.running++
	if l.Requests <= 0 {
		return
	}
	w.count++
	if n := len(w.past); n > 0 && l.Requests > slots && now.Sub(w.past[n-1].begin) < l.Per/slots {
		w.past[n-1].last = now
		w.past[n-1].n++
		return
	}
	w.past = append(w.past, slot{now, now, 1})
}

func (w *window) done(took time.Duration) {
	w.running--
	if w.average == 0 {
		w.average = took
	}
	w.average += (took - w.average) / 8
}

func (w *window) idle(now time.Time) bool {
	w.expire(now)
	return len(w.past) == 0 && w.running == 0 && !w.last.Add(w.interval).After(now) && !w.promised.After(now)
}

// forecast returns when the nth call from now on begins.
func (w *window) forecast(l *Limit, from time.Time, n int) time.Time {
	if n <= 0 {
		return from
	}
	end := from
	if l.Requests > 0 {
		then := *w // as it will be at from, without a change of w
		then.per = l.Per
		then.expire(from)
		if wait := n - (l.Requests - then.count); wait > 0 {
			// Places come free as they were taken, again and again once per window.
			rounds, rest := (wait-1)/l.Requests, (wait-1)%l.Requests
			at := from
			for _, s := range then.past {
				if rest -= s.n; rest < 0 {
					at = s.last
					break
				}
			}
			end = later(end, at.Add(l.Per*time.Duration(rounds+1)))
		}
	}
	if l.Interval > 0 {
		first := from
		if !w.last.IsZero() {
			first = later(from, w.last.Add(l.Interval))
		}
		end = later(end, first.Add(l.Interval*time.Duration(n-1)))
	}
	if l.Concurrency > 0 {
		if wait := n + w.running - l.Concurrency; wait > 0 {
			end = later(end, from.Add(w.duration()*time.Duration((wait+l.Concurrency-1)/l.Concurrency)))
		}
	}
	return end
}
