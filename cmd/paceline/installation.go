package main

import (
	"context"
	"log/slog"

	"paceline/app"
	"paceline/internal/telemetry"
)

// quietLogger is what commands other than serve log with: warnings and errors, to standard error.
func quietLogger(c *console) *slog.Logger {
	log, err := telemetry.NewLogger(c.err, telemetry.LogConfig{Level: "warn"})
	if err != nil {
		return slog.Default()
	}
	return log
}

func options(c *console, storage app.Storage) app.Options {
	return app.Options{Storage: storage, Keys: keySource{storage}, Logger: quietLogger(c)}
}

// openBase opens an installation for a command that needs the database itself, and makes what is not there.
func openBase(ctx context.Context, c *console, storage app.Storage) (*app.Base, error) {
	o := options(c, storage)
	o.Make = true
	return app.Open(ctx, o)
}
