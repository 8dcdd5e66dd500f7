package mapping

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// ParseDate reads a text that is written in a pattern of AppendDate. One without an offset is of the zone.
func ParseDate(text, pattern string, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if pattern == "unix" || pattern == "unixms" {
		n, err := strconv.ParseInt(text, 10, 64)
		const most = 253_402_300_799_999 // the end of the year 9999, in milliseconds
		if pattern == "unix" && err == nil && n <= most && n >= -most {
			n *= 1000
		}
		if err != nil || n > most || n < -62_135_596_800_000 {
			return time.Time{}, errNoDate
		}
		return time.UnixMilli(n).In(zone), nil
	}
	layout, err := layoutOf(pattern)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation(layout, text, zone)
	if err != nil {
		return time.Time{}, errNoDate
	}
	return t, nil
}

var errNoDate = errors.New("the text is not a date of this form")

// layoutOf translates a pattern into a layout of package time.
func layoutOf(pattern string) (string, error) {
	var b strings.Builder
	literal := func(text string) error {
		// Package time has no way to quote: what means something to it changes with the time that is written.
		if time.Date(2017, 11, 23, 20, 48, 59, 987_654_321, time.FixedZone("XYZ", 5400)).Format(text) != text {
			return errors.New("the text " + strconv.Quote(text) + " cannot stand in the form of a date that is read")
		}
		b.WriteString(text)
		return nil
	}
	for i := 0; i < len(pattern); {
		c, n := pattern[i], 1
		for i+n < len(pattern) && pattern[i+n] == c {
			n++
		}
		var err error
		switch layout := dateLayout(c, n); {
		case c == '\'':
			text, _, _ := strings.Cut(pattern[i+1:], "'")
			err, n = literal(text), len(text)+2
		case c == '\\':
			err, n = literal(pattern[min(i+1, len(pattern)):min(i+2, len(pattern))]), 2
		case c == 'H':
			b.WriteString("15")
		case layout != "":
			b.WriteString(layout)
		case c == 'f':
			// Package time knows a fraction by the point or comma before it.
			if s := b.String(); !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, ",") {
				return "", errors.New("a fraction of a second stands behind a point or a comma")
			}
			b.WriteString(strings.Repeat("0", min(n, 7)))
		default:
			err = literal(pattern[i : i+n])
		}
		if err != nil {
			return "", err
		}
		i += n
	}
	return b.String(), nil
}
