package paceline

import "time"

// BillingPeriod returns the month that contains now, of those that begin on the day of next. A date that has
// passed or lies far ahead means the same day of other months.
func BillingPeriod(next Micros, now time.Time) (start, end time.Time) {
	anchor := Midnight(next.Time())
	months := (now.Year()-anchor.Year())*12 + int(now.Month()) - int(anchor.Month())
	for AddMonths(anchor, months).After(now) {
		months--
	}
	for !AddMonths(anchor, months+1).After(now) {
		months++
	}
	return AddMonths(anchor, months), AddMonths(anchor, months+1)
}

// Midnight returns the beginning of the UTC day of t.
func Midnight(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// AddMonths adds months and stays within the month reached: a month after 31 January is 28 or 29 February.
func AddMonths(at time.Time, months int) time.Time {
	first := time.Date(at.Year(), at.Month()+time.Month(months), 1, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), at.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(at.Day(), last)-1)
}
