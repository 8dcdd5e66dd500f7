package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"paceline/internal/seal"
)

// LogConfig says how logs look. The zero value is text at level info.
type LogConfig struct {
	Format string // "text" or "json"
	Level  string // "debug", "info", "warn" or "error"
}

// NewLogger returns a logger that writes to w. Attributes whose names say that they are credentials (see
// seal.SensitiveName) come out as REDACTED.
func NewLogger(w io.Writer, config LogConfig) (*slog.Logger, error) {
	var level slog.Level
	if config.Level != "" {
		if err := level.UnmarshalText([]byte(config.Level)); err != nil {
			return nil, fmt.Errorf("log level %q: want debug, info, warn or error", config.Level)
		}
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: replaceAttr}
	switch config.Format {
	case "", "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log format %q: want text or json", config.Format)
}

func replaceAttr(_ []string, a slog.Attr) slog.Attr {
	if seal.SensitiveName(a.Key) || strings.HasSuffix(strings.ToLower(a.Key), "secret") {
		return slog.String(a.Key, "REDACTED")
	}
	return a
}
