package limiter

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads the header in either of its forms, at most MaxHold; 0 when it is missing, past or unreadable.
func RetryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		return time.Duration(min(seconds, MaxHold.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), MaxHold)
}
