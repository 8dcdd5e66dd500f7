package store

import (
	"cmp"
	"slices"

	"paceline"
)

// sums collects what commits add to the counters, by cycle, so that each row of them is written once.
type sums struct {
	cycles map[int64]*cycleSum
	free   []*cycleSum
}

// cycleSum is what one cycle gets. Usage has few entries: one for each of its methods and day.
type cycleSum struct {
	num, partner, account               int64
	tasks, errors, warnings, inProgress int64
	bytes                               int64
	success                             paceline.Micros
	usage                               []usageSum
}

// usageSum is what is added to a day of a method.
type usageSum struct {
	connector, method, day int32
	paceline.Usage
}

func newSums() sums { return sums{cycles: map[int64]*cycleSum{}} }

func (s *sums) reset() {
	for _, c := range s.cycles {
		s.free = append(s.free, c)
	}
	clear(s.cycles)
}

func (s *sums) cycle(num, partner, account int64) *cycleSum {
	c := s.cycles[num]
	if c == nil {
		if n := len(s.free); n > 0 {
			c, s.free = s.free[n-1], s.free[:n-1]
		} else {
			c = &cycleSum{}
		}
		*c = cycleSum{num: num, partner: partner, account: account, usage: c.usage[:0]}
		s.cycles[num] = c
	}
	return c
}

// tasks adds what the row's execution cost. It counts on the day on which the execution began.
func (s *sums) tasks(partner, account, cycle int64, row *paceline.StepRow) {
	if row.TasksOK == 0 && row.TasksIncident == 0 {
		return
	}
	c := s.cycle(cycle, partner, account)
	c.used(usageSum{row.Connector, row.Method, row.StartedAt.Day(), paceline.Usage{OK: int64(row.TasksOK), Incident: int64(row.TasksIncident)}})
	c.tasks += int64(row.TasksOK) + int64(row.TasksIncident)
}

func (c *cycleSum) used(u usageSum) {
	for i := range c.usage {
		if have := &c.usage[i]; have.connector == u.connector && have.method == u.method && have.day == u.day {
			have.OK += u.OK
			have.Incident += u.Incident
			return
		}
	}
	c.usage = append(c.usage, u)
}

// add adds what others collected.
func (s *sums) add(others *sums) {
	for _, o := range others.cycles {
		c := s.cycle(o.num, o.partner, o.account)
		c.tasks += o.tasks
		c.errors += o.errors
		c.warnings += o.warnings
		c.inProgress += o.inProgress
		c.bytes += o.bytes
		c.success = max(c.success, o.success)
		for _, u := range o.usage {
			c.used(u)
		}
	}
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
	sqlAddCycle = `INSERT INTO cycle_counter (cycle_num, partner_id, account_id, tasks, errors, warnings, in_progress, last_success_at, bytes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (cycle_num) DO UPDATE SET tasks = cycle_counter.tasks + excluded.tasks,
		errors = cycle_counter.errors + excluded.errors, warnings = cycle_counter.warnings + excluded.warnings,
		in_progress = cycle_counter.in_progress + excluded.in_progress, bytes = cycle_counter.bytes + excluded.bytes,
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
		_, err := a.exec(sqlAddCycle, c.num, c.partner, c.account, c.tasks, c.errors, c.warnings, c.inProgress, c.success, c.bytes)
		if err != nil {
			return err
		}
		for _, u := range c.usage {
			_, err := a.exec(sqlAddUsage, c.partner, c.account, u.day, c.num, u.connector, u.method, u.OK, u.Incident)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
