package mapping

import (
	"strconv"
	"strings"
	"time"
)

// layouts are the forms of dates that are understood, most frequent first. A fraction of a second may follow the
// seconds in each.
var layouts = []string{
	time.RFC3339,
	"2006-01-02",
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 Z07:00",
	"2006-01-02 15:04:05Z0700",
	"2006-01-02 15:04:05 Z0700",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02 15:04",
	time.RFC1123,
	time.RFC1123Z,
	"20060102T150405Z0700",
	"20060102",
}

// parseDate reads a date; one without a zone is taken as UTC.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	// Every form has 8 to 40 characters and a digit near its start: this refuses most other text at once.
	if len(s) < 8 || len(s) > 40 || !(isDigit(s[0]) || len(s) > 5 && isDigit(s[5])) {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// dateOf reads the date of a value: text, or a number of seconds or milliseconds since 1970.
func dateOf(v Value) (time.Time, bool) {
	switch KindOf(v) {
	case String:
		return parseDate(Text(v))
	case Number:
		return epoch(trim(v))
	}
	return time.Time{}, false
}

// epoch reads seconds, or milliseconds when there are too many for seconds (100,000,000,000 s is the year 5138). The
// date lies within the years that RFC 3339 can write.
func epoch(text []byte) (t time.Time, ok bool) {
	n, ok := wholeNumber(text)
	const limit = 100_000_000_000
	switch {
	case !ok || n > limit*10_000 || n < -limit*10_000:
		return time.Time{}, false
	case n >= limit || n <= -limit:
		t = time.UnixMilli(n).UTC()
	default:
		t = time.Unix(n, 0).UTC()
	}
	return t, t.Year() >= 1 && t.Year() <= 9999
}

// appendDate appends t in a pattern of letters: yyyy yy MMMM MMM MM M dddd ddd dd d HH H hh h mm m ss s f(1 to 7)
// tt zzz zz z K; 'text' and \c stand for themselves, and so does everything else. The patterns unix and unixms give
// the seconds and milliseconds since 1970.
func appendDate(dst []byte, t time.Time, pattern string) []byte {
	switch pattern {
	case "", "RFC3339":
		return t.AppendFormat(dst, time.RFC3339Nano)
	case "unix":
		return strconv.AppendInt(dst, t.Unix(), 10)
	case "unixms":
		return strconv.AppendInt(dst, t.UnixMilli(), 10)
	}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		n := 1
		for i+n < len(pattern) && pattern[i+n] == c {
			n++
		}
		switch c {
		case '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				end = len(pattern) - i - 1
			}
			dst = append(dst, pattern[i+1:i+1+end]...)
			i += end + 2
			continue
		case '\\':
			if i+1 < len(pattern) {
				dst = append(dst, pattern[i+1])
			}
			i += 2
			continue
		}
		if layout := dateLayout(c, n); layout != "" {
			dst = t.AppendFormat(dst, layout)
		} else if c == 'f' {
			n = min(n, 7)
			digits := strconv.Itoa(1_000_000_000 + t.Nanosecond())
			dst = append(dst, digits[1:1+n]...)
		} else if c == 'H' && n == 1 {
			dst = strconv.AppendInt(dst, int64(t.Hour()), 10)
		} else {
			dst = append(dst, pattern[i:i+n]...)
		}
		i += n
	}
	return dst
}

// dateLayout returns the layout of package time for n times the letter c, "" when there is none.
func dateLayout(c byte, n int) string {
	pick := func(options ...string) string { return options[min(n, len(options))-1] }
	switch c {
	case 'y':
		return pick("06", "06", "2006", "2006")
	case 'M':
		return pick("1", "01", "Jan", "January")
	case 'd':
		return pick("2", "02", "Mon", "Monday")
	case 'H':
		if n >= 2 {
			return "15"
		}
	case 'h':
		return pick("3", "03")
	case 'm':
		return pick("4", "04")
	case 's':
		return pick("5", "05")
	case 't':
		return "PM"
	case 'z':
		return pick("-07", "-07", "-07:00")
	case 'K':
		return "Z07:00"
	}
	return ""
}
