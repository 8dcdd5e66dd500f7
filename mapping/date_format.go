package mapping

import "time"

// DateOf reads the date of a value: text in one of the usual forms, where one without a zone is UTC, or a number of
// seconds or milliseconds since 1970.
func DateOf(v Value) (time.Time, bool) { return dateOf(v) }

// AppendDate appends t in a pattern of letters such as yyyy-MM-ddTHH:mm:ssZ, or as unix, unixms or RFC3339, which "" is, too.
func AppendDate(dst []byte, t time.Time, pattern string) []byte { return appendDate(dst, t, pattern) }
