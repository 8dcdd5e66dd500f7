package core

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"paceline"
)

// Cron is a schedule of five fields: minute, hour, day of the month, month, day of the week. A library reads
// the text; the times are found here, because clocks that change are the product's own rule (D-28): a time that
// they skip runs at the next valid minute, one that they show twice runs at the first.
type Cron struct {
	minutes []int // of the day, ascending
	spec    *cron.SpecSchedule
}

// maxCron bounds the text of an expression.
const maxCron = 200

// cronDays is how far apart two days of an expression can lie: from one leap day to the next over 2100, and
// a leap day that is also a given day of the week is one of the two fields, never both.
const cronDays = 8*366 + 2

var cronFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// ParseCron reads an expression. An error says what is wrong with it.
func ParseCron(text string) (*Cron, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, errors.New("it is empty")
	case len(text) > maxCron:
		return nil, fmt.Errorf("it is longer than %d characters", maxCron)
	case strings.Contains(text, "TZ="):
		return nil, errors.New("the account's time zone counts, it cannot name another")
	}
	parsed, err := cronFields.Parse(text)
	if err != nil {
		return nil, err
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, errors.New("@every is an interval, not a time")
	}
	c := &Cron{spec: spec}
	for minute := range minutesPerDay {
		if spec.Hour&(1<<(minute/60)) != 0 && spec.Minute&(1<<(minute%60)) != 0 {
			c.minutes = append(c.minutes, minute)
		}
	}
	// Any zone shows whether there is a day at all; the 30th of February is none.
	if _, ok := c.after(1, time.UTC); !ok {
		return nil, errors.New("no day fits it")
	}
	return c, nil
}

// starred is the library's mark of a field that was not restricted.
const starred = 1 << 63

// fits reports whether the expression runs on a day. As in every cron, days of month and week are alternatives
// when both are given.
func (c *Cron) fits(day time.Time) bool {
	if c.spec.Month&(1<<int(day.Month())) == 0 {
		return false
	}
	ofMonth := c.spec.Dom&(1<<day.Day()) != 0
	ofWeek := c.spec.Dow&(1<<int(day.Weekday())) != 0
	if c.spec.Dom&starred != 0 || c.spec.Dow&starred != 0 {
		return ofMonth && ofWeek
	}
	return ofMonth || ofWeek
}

// slot is when clocks of the zone show that minute of the day.
func slotOf(day time.Time, minute int, zone *time.Location) paceline.Micros {
	return wallClock(day.Year(), day.Month(), day.Day(), minute/60, minute%60, 0, 0, zone)
}

// date is the day that the zone's calendar shows, as a date without a zone.
func date(at paceline.Micros, zone *time.Location) time.Time {
	year, month, day := at.Time().In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// after returns the first slot after a moment. Slots of a day ascend with the minutes, whatever the clocks do.
func (c *Cron) after(at paceline.Micros, zone *time.Location) (paceline.Micros, bool) {
	day := date(at, zone).AddDate(0, 0, -1)
	for range cronDays + 2 {
		if c.fits(day) {
			i := sort.Search(len(c.minutes), func(i int) bool { return slotOf(day, c.minutes[i], zone) > at })
			if i < len(c.minutes) {
				return slotOf(day, c.minutes[i], zone), true
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return 0, false
}

// upTo returns the last slot that is not after a moment and not before start.
func (c *Cron) upTo(at, start paceline.Micros, zone *time.Location) (paceline.Micros, bool) {
	first := date(start, zone).AddDate(0, 0, -1)
	for day := date(at, zone).AddDate(0, 0, 1); !day.Before(first); day = day.AddDate(0, 0, -1) {
		if !c.fits(day) {
			continue
		}
		i := sort.Search(len(c.minutes), func(i int) bool { return slotOf(day, c.minutes[i], zone) > at })
		if i > 0 {
			slot := slotOf(day, c.minutes[i-1], zone)
			return slot, slot >= start
		}
	}
	return 0, false
}

// latest is Schedule.Latest of an expression.
func (c *Cron) latest(at, start paceline.Micros, zone *time.Location) (slot, next paceline.Micros, ok bool) {
	next, found := c.after(max(at, start-1), zone)
	if !found {
		next = at.Add(cronDays * 24 * time.Hour)
	}
	slot, ok = c.upTo(at, start, zone)
	if !ok {
		return next, next, false
	}
	return slot, next, true
}
