package store

import (
	"cmp"
	"slices"

	"paceline"
)

// sums collects what a batch adds to the counters, so that each row of them is written once per commit.
type sums struct {
	cycles map[int64]*cycleSum
	usage  map[paceline.UsageKey]paceline.Usage
	free   []*cycleSum
}

type cycleSum struct {
	num, partner, account               int64
	tasks, errors, warnings, inProgress int64
	success                             paceline.Micros
}

func newSums() sums {
	return sums{cycles: map[int64]*cycleSum{}, usage: map[paceline.UsageKey]paceline.Usage{}}
}

func (s *sums) reset() {
	for _, c := range s.cycles {
		s.free = append(s.free, c)
	}
	clear(s.cycles)
	clear(s.usage)
}

func (s *sums) cycle(num, partner, account int64) *cycleSum {
	c := s.cycles[num]
	if c == nil {
		if n := len(s.free); n > 0 {
			c, s.free = s.free[n-1], s.free[:n-1]
		} else {
			c = &cycleSum{}
		}
		*c = cycleSum{num: num, partner: partner, account: account}
		s.cycles[num] = c
	}
	return c
}

// tasks adds what the row's execution cost. It counts on the day on which the execution began.
func (s *sums) tasks(partner, account, cycle int64, row *paceline.StepRow) {
	if row.TasksOK == 0 && row.TasksIncident == 0 {
		return
	}
	key := paceline.UsageKey{Partner: partner, Account: account, Cycle: cycle, Connector: row.Connector, Method: row.Method, Day: row.StartedAt.Day()}
	u := s.usage[key]
	u.OK += int64(row.TasksOK)
	u.Incident += int64(row.TasksIncident)
	s.usage[key] = u
	s.cycle(cycle, partner, account).tasks += int64(row.TasksOK) + int64(row.TasksIncident)
}

// sortedCycles returns the sums by cycle, so that two writers never lock rows in opposite orders.
func (s *sums) sortedCycles() []*cycleSum {
	list := make([]*cycleSum, 0, len(s.cycles))
	for _, c := range s.cycles {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *cycleSum) int { return cmp.Compare(a.num, b.num) })
	return list
}

const (
	sqlAddCycle = `INSERT INTO cycle_counter (cycle_num, partner_id, account_id, tasks, errors, warnings, in_progress, last_success_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (cycle_num) DO UPDATE SET tasks = cycle_counter.tasks + excluded.tasks,
		errors = cycle_counter.errors + excluded.errors, warnings = cycle_counter.warnings + excluded.warnings,
		in_progress = cycle_counter.in_progress + excluded.in_progress,
		last_success_at = CASE WHEN cycle_counter.last_success_at < excluded.last_success_at
			THEN excluded.last_success_at ELSE cycle_counter.last_success_at END`
	sqlAddUsage = `INSERT INTO usage_day (partner_id, account_id, day, cycle_num, connector, method, ok, incident)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (account_id, day, cycle_num, connector, method) DO UPDATE SET
		ok = usage_day.ok + excluded.ok, incident = usage_day.incident + excluded.incident`
)

// flush writes the sums into the batch's transaction.
func (a *applier) flush() error {
	for _, c := range a.sums.sortedCycles() {
		_, err := a.exec(sqlAddCycle, c.num, c.partner, c.account, c.tasks, c.errors, c.warnings, c.inProgress, c.success)
		if err != nil {
			return err
		}
	}
	for key, u := range a.sums.usage {
		_, err := a.exec(sqlAddUsage, key.Partner, key.Account, key.Day, key.Cycle, key.Connector, key.Method, u.OK, u.Incident)
		if err != nil {
			return err
		}
	}
	return nil
}
