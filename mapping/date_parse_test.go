package mapping

import (
	"testing"
	"time"
)

// TestParseDate reads texts in patterns; "" is no date of the form, or a form that cannot be read.
func TestParseDate(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, pattern, want string }{
		{"24.12.2025 18:05", "dd.MM.yyyy HH:mm", "2025-12-24T18:05:00+01:00"},
		{" 4.7.25 ", "d.M.yy", "2025-07-04T00:00:00+02:00"},
		{"Mar 5, 2026 3:04:05 PM", "MMM d, yyyy h:mm:ss tt", "2026-03-05T15:04:05+01:00"},
		{"2026-03-05T01:02:03.250-05:00", "yyyy-MM-ddTHH:mm:ss.fffzzz", "2026-03-05T01:02:03.25-05:00"},
		{"2026-03-05T01:02:03Z", "yyyy-MM-ddTHH:mm:ssK", "2026-03-05T01:02:03Z"},
		{"20260305 7h", "yyyyMMdd H'h'", "2026-03-05T07:00:00+01:00"},
		{"1772668800", "unix", "2026-03-05T01:00:00+01:00"},
		{"1772668800123", "unixms", "2026-03-05T01:00:00.123+01:00"},
		{"9999999999999999", "unix", ""},
		{"9223372036854775807", "unixms", ""},
		{"x", "unix", ""},
		{"31.02.2026", "dd.MM.yyyy", ""},
		{"2026", "yyyy-MM", ""},
		{"2026 Jan", "yyyy 'Jan'", ""},
		{"2026 1", "yyyy '1'", ""},
		{"0102 3", "HHmm f", ""},
		{"", "yyyy", ""},
		{"x", `\`, ""},
		{"x", `'`, ""},
	} {
		got, err := ParseDate(c.text, c.pattern, berlin)
		is := got.Format(time.RFC3339Nano)
		if err != nil {
			is = ""
		}
		if is != c.want {
			t.Errorf("%q in %q: %q (%v), want %q", c.text, c.pattern, is, err, c.want)
		}
	}
}
