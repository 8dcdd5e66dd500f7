package script

import (
	"sync"
	"time"

	"paceline"
)

// blame remembers which accounts had workers killed, or replaced after a limit that is hit in no time. An account with
// three kills in a minute, or thirty workers replaced, waits for a minute, twice as long when it goes on like that, at most
// a quarter of an hour: to start a worker takes the machine more time than such a script does.
type blame struct {
	clock    paceline.Clock
	mu       sync.Mutex
	accounts map[Account]*record
}

type record struct {
	kills []time.Time // of the last minute
	spent []time.Time // likewise: workers that were replaced
	until time.Time
	pause time.Duration // of the last wait
	told  bool
}

const (
	blameKills = 3
	blameSpent = 30
	blameSpan  = time.Minute
	blamePause = time.Minute
	blameMax   = 15 * time.Minute
	blameSize  = 10_000
)

func newBlame(clock paceline.Clock) *blame {
	return &blame{clock: clock, accounts: map[Account]*record{}}
}

// ended counts a run that ended at the limit and reports whether the account has to wait from now on.
func (b *blame) ended(account Account, limit string) bool {
	switch limit {
	case LimitTime, LimitMemory, LimitWorker:
		return b.counts(account, blameKills, func(r *record) *[]time.Time { return &r.kills })
	case LimitOutput, LimitLog, LimitCalls, LimitStorage:
		return b.counts(account, blameSpent, func(r *record) *[]time.Time { return &r.spent })
	}
	return false
}

func (b *blame) counts(account Account, most int, list func(*record) *[]time.Time) bool {
	now := b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.accounts[account]
	if r == nil {
		if len(b.accounts) >= blameSize {
			b.forget(now)
		}
		r = &record{}
		b.accounts[account] = r
	}
	times := list(r)
	kept := (*times)[:0]
	for _, at := range *times {
		if now.Sub(at) < blameSpan {
			kept = append(kept, at)
		}
	}
	if *times = append(kept, now); len(*times) < most {
		return false
	}
	if r.pause == 0 || now.Sub(r.until) > blameMax {
		r.pause = blamePause
	} else {
		r.pause = min(2*r.pause, blameMax)
	}
	r.kills, r.spent, r.until, r.told = nil, nil, now.Add(r.pause), false
	return true
}

// wait returns how long the account has to wait, nil for not at all.
func (b *blame) wait(account Account) *WaitError {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.accounts[account]
	if r == nil {
		return nil
	}
	left := r.until.Sub(b.clock.Now())
	if left <= 0 {
		return nil
	}
	first := !r.told
	r.told = true
	return &WaitError{After: left, First: first}
}

// suspects reports whether the account had a worker killed in the last minute.
func (b *blame) suspects(account Account) bool {
	now := b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.accounts[account]
	return r != nil && (now.Before(r.until) || len(r.kills) > 0 && now.Sub(r.kills[len(r.kills)-1]) < blameSpan)
}

// forget drops the accounts that have been quiet.
func (b *blame) forget(now time.Time) {
	old := func(times []time.Time) bool {
		return len(times) == 0 || now.Sub(times[len(times)-1]) > blameSpan
	}
	for account, r := range b.accounts {
		if now.Sub(r.until) > blameMax && old(r.kills) && old(r.spent) {
			delete(b.accounts, account)
		}
	}
}
