package utility

import (
	"context"
	"strings"
	"time"

	"paceline/connector"
	"paceline/mapping"
)

// zone reads the parameter TimeZone, a name such as Europe/Berlin; without a value it is UTC.
func zone(c connector.UtilityCall) (*time.Location, error) {
	name := c.Param("TimeZone")
	if name == "" {
		return time.UTC, nil
	}
	z, err := time.LoadLocation(name)
	if err != nil || strings.EqualFold(name, "local") {
		return nil, badInput("TimeZone is not a name such as Europe/Berlin.")
	}
	return z, nil
}

// dateOf reads a field that is a date, and sees it in the zone when the call names one.
func dateOf(c connector.UtilityCall, name string) (time.Time, error) {
	z, err := zone(c)
	if err != nil {
		return time.Time{}, err
	}
	t, ok := mapping.DateOf(field(c, name))
	if !ok {
		return t, badInput("%s is not a date.", name)
	}
	if c.Param("TimeZone") != "" {
		t = t.In(z)
	}
	return t, nil
}

// written writes a date as RFC 3339 if there is such a writing.
func written(t time.Time) (string, error) {
	if t.Year() < 0 || t.Year() > 9999 {
		return "", badInput("The date lies outside of the years 0 to 9999.")
	}
	return t.Format(time.RFC3339Nano), nil
}

type dateAnswer struct{ Date string }

func dated(t time.Time) (any, error) {
	text, err := written(t)
	return dateAnswer{text}, err
}

// mostForm bounds the form of a date.
const mostForm = 200

func form(c connector.UtilityCall) (string, error) {
	f := c.Param("Format")
	if len(f) > mostForm {
		return "", badInput("Format has more than %d bytes.", mostForm)
	}
	return f, nil
}

func (t tools) currentDate(_ context.Context, c connector.UtilityCall) (any, error) {
	z, err := zone(c)
	if err != nil {
		return nil, err
	}
	return dated(t.clock.Now().In(z))
}

func parseDate(_ context.Context, c connector.UtilityCall) (any, error) {
	z, err := zone(c)
	if err != nil {
		return nil, err
	}
	f, err := form(c)
	if err != nil {
		return nil, err
	}
	t, err := mapping.ParseDate(textOf(c, "Text"), f, z)
	if err != nil {
		return nil, badInput("The date cannot be read: %v.", err)
	}
	return dated(t)
}

func formatDate(_ context.Context, c connector.UtilityCall) (any, error) {
	t, err := dateOf(c, "Date")
	if err != nil {
		return nil, err
	}
	f, err := form(c)
	return textAnswer{string(mapping.AppendDate(nil, t, f))}, err
}

// units are those of a distance between dates, the first without a choice.
var units = []string{"day", "second", "minute", "hour", "week", "month", "quarter", "year"}

// fixed are the units that are always as long.
var fixed = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour}

// addToDate moves a date. Days, months and years keep the time of day; a month that is too short ends earlier: a month
// after 31 January is 28 or 29 February.
func addToDate(_ context.Context, c connector.UtilityCall) (any, error) {
	t, err := dateOf(c, "Date")
	if err != nil {
		return nil, err
	}
	unit, err := choice(c, "Unit", units...)
	if err != nil {
		return nil, err
	}
	n, err := between(c, "Amount", 0, -1_000_000_000, 1_000_000_000)
	if err != nil {
		return nil, err
	}
	return dated(add(t, n, unit))
}

func add(t time.Time, n int, unit string) time.Time {
	switch unit {
	case "day":
		return t.AddDate(0, 0, n)
	case "week":
		return t.AddDate(0, 0, 7*n)
	case "month":
		return addMonths(t, n)
	case "quarter":
		return addMonths(t, 3*n)
	case "year":
		return addMonths(t, 12*n)
	}
	return t.Add(secondsOf(n, unit))
}

// secondsOf is a distance in a unit that is always as long; beyond what a duration can hold it is the longest.
func secondsOf(n int, unit string) time.Duration {
	const most = int64(1<<63 - 1)
	if limit := most / int64(fixed[unit]); int64(n) > limit || int64(n) < -limit {
		if n < 0 {
			return -time.Duration(most)
		}
		return time.Duration(most)
	}
	return time.Duration(n) * fixed[unit]
}

func addMonths(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	first := time.Date(y, m+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(d, last)-1)
}

// dateDifference counts the whole units from one date to another; a part of one does not count.
func dateDifference(_ context.Context, c connector.UtilityCall) (any, error) {
	from, err := dateOf(c, "From")
	if err != nil {
		return nil, err
	}
	to, err := dateOf(c, "To")
	if err != nil {
		return nil, err
	}
	unit, err := choice(c, "Unit", units...)
	if err != nil {
		return nil, err
	}
	return struct{ Difference int64 }{wholeUnits(from, to.In(from.Location()), unit)}, nil
}

func wholeUnits(from, to time.Time, unit string) int64 {
	if to.Before(from) {
		return -wholeUnits(to, from, unit)
	}
	seconds := to.Unix() - from.Unix() // a duration would end after 292 years
	if to.Nanosecond() < from.Nanosecond() {
		seconds--
	}
	switch unit {
	case "second", "minute", "hour":
		return seconds / int64(fixed[unit]/time.Second)
	case "day", "week":
		n := int(seconds / 86400)
		for n++; from.AddDate(0, 0, n).After(to); n-- { // a day has 23 to 25 hours
		}
		if unit == "week" {
			n /= 7
		}
		return int64(n)
	}
	n := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	if addMonths(from, n).After(to) {
		n--
	}
	return int64(n / map[string]int{"month": 1, "quarter": 3, "year": 12}[unit])
}

func dateParts(_ context.Context, c connector.UtilityCall) (any, error) {
	t, err := dateOf(c, "Date")
	if err != nil {
		return nil, err
	}
	year, week := t.ISOWeek()
	return struct {
		Year, Quarter, Month, Day, Hour, Minute, Second int
		Weekday                                         int // 1 is Monday
		DayOfYear, Week, WeekYear                       int // of ISO 8601
		Unix                                            int64
	}{t.Year(), (int(t.Month()) + 2) / 3, int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(),
		(int(t.Weekday())+6)%7 + 1, t.YearDay(), week, year, t.Unix()}, nil
}

// periodOfDate is the day, week, month, quarter or year in which a date lies: Start, and End, which no longer belongs to it.
func periodOfDate(_ context.Context, c connector.UtilityCall) (any, error) {
	t, err := dateOf(c, "Date")
	if err != nil {
		return nil, err
	}
	unit, err := choice(c, "Unit", "day", "hour", "week", "month", "quarter", "year")
	if err != nil {
		return nil, err
	}
	y, m, d := t.Date()
	start := time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	switch unit {
	case "hour":
		start = t.Truncate(time.Second).Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second)
	case "week":
		start = start.AddDate(0, 0, -(int(t.Weekday())+6)%7)
	case "month":
		start = start.AddDate(0, 0, 1-d)
	case "quarter":
		start = time.Date(y, m-(m-1)%3, 1, 0, 0, 0, 0, t.Location())
	case "year":
		start = time.Date(y, 1, 1, 0, 0, 0, 0, t.Location())
	}
	var out struct{ Start, End string }
	if out.Start, err = written(start); err == nil {
		out.End, err = written(add(start, 1, unit))
	}
	return out, err
}
