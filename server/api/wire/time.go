package wire

import (
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"paceline"
)

// Time is a date of the API: ISO 8601 in UTC with up to seven fractional digits out; ISO 8601 with or
// without offset, a date alone, or MM/DD/YYYY in. The zero time is written as 0001-01-01T00:00:00.
type Time struct{ time.Time }

// FromMicros converts the store's time.
func FromMicros(m paceline.Micros) Time { return Time{m.Time()} }

// OptTime converts the store's time to one that is null when unset.
func OptTime(m paceline.Micros) *Time {
	if m == 0 {
		return nil
	}
	t := FromMicros(m)
	return &t
}

const unset = "0001-01-01T00:00:00"

// MarshalJSON writes the API's form.
func (t Time) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// String returns the API's form.
func (t Time) String() string {
	if t.IsZero() {
		return unset
	}
	return t.UTC().Format("2006-01-02T15:04:05.9999999Z")
}

// Schema describes the type as a date-time.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "date-time", Examples: []any{"2026-11-22T15:54:06.6440352Z"}}
}

var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05.999999999",
	"2006-01-02", "01/02/2006", "1/2/2006", "01/02/2006 15:04:05", "1/2/2006 15:04:05",
}

// ParseTime reads every form that the API accepts; a text without offset is UTC.
func ParseTime(text string) (Time, bool) {
	text = strings.TrimSpace(text)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1 && t.Year() <= 9999 {
			return Time{t.UTC()}, true
		}
	}
	return Time{}, false
}

// IsTime reports whether t is the type Time, for documentation.
func IsTime(t reflect.Type) bool { return t == reflect.TypeFor[Time]() }

// Day writes a day that is counted from 1970.
func Day(day int32) string { return time.Unix(int64(day)*86_400, 0).UTC().Format(time.DateOnly) }
