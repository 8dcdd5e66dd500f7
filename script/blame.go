package script

import (
	"sync"
	"time"

	"paceline"
)

// blame remembers which accounts had workers killed. An account with three kills in a minute waits for a minute,
// twice as long when it goes on like that, at most a quarter of an hour.
type blame struct {
	clock    paceline.Clock
	mu       sync.Mutex
	accounts map[Account]*record
}

type record struct {
	kills []time.Time // of the last minute
	until time.Time
	pause time.Duration // of the last wait
	told  bool
}

const (
	blameKills = 3
	blameSpan  = time.Minute
	blamePause = time.Minute
	blameMax   = 15 * time.Minute
	blameSize  = 10_000
)

func newBlame(clock paceline.Clock) *blame {
	return &blame{clock: clock, accounts: map[Account]*record{}}
}

// killed counts a kill and reports whether the account has to wait from now on.
func (b *blame) killed(account Account) bool {
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
	kept := r.kills[:0]
	for _, at := range r.kills {
		if now.Sub(at) < blameSpan {
			kept = append(kept, at)
		}
	}
	r.kills = append(kept, now)
	if len(r.kills) < blameKills {
		return false
	}
	if r.pause == 0 || now.Sub(r.until) > blameMax {
		r.pause = blamePause
	} else {
		r.pause = min(2*r.pause, blameMax)
	}
	r.kills, r.until, r.told = nil, now.Add(r.pause), false
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
	for account, r := range b.accounts {
		if now.Sub(r.until) > blameMax && (len(r.kills) == 0 || now.Sub(r.kills[len(r.kills)-1]) > blameSpan) {
			delete(b.accounts, account)
		}
	}
}
