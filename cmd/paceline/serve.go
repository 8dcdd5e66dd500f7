package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"paceline/app"
	"paceline/internal/heap"
	"paceline/internal/telemetry"
)

// serveCommand runs the server with the settings of app.Config.
type serveCommand struct {
	app.Config `embed:""`
}

// Help says what a first start does.
func (serveCommand) Help() string {
	return `On an empty database the first start makes a partner. With --demo or --ready-file it also makes a client credential and an administrator and hands them out; with neither it prints a link that lets one person set up the rest, once, within 60 minutes ('paceline token first-run' prints another).

A stop (Ctrl-C or SIGTERM) lets calls in flight finish; a second one ends at once.`
}

// Validate is called by the command line parser.
func (s *serveCommand) Validate() error { return s.Config.Validate() }

// Run serves until it is told to stop or cannot go on.
func (s *serveCommand) Run(ctx context.Context, c *console) error {
	log, err := telemetry.NewLogger(c.err, s.Telemetry())
	if err != nil {
		return err
	}
	slog.SetDefault(log)
	heap.RaiseFloor()
	if s.ReadyFile != "" {
		// A script that waits must not take an earlier start's file for this one's.
		if err := os.Remove(s.ReadyFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("ready file: %w", err)
		}
	}
	clock, leases, err := newClock()
	if err != nil {
		return err
	}
	server, err := app.New(ctx, s.Config, app.Process{
		Keys: keySource{s.Storage}, Logger: log, Clock: clock, Leases: leases, Version: versionText(), Program: os.Args[0],
	})
	if err != nil {
		return err
	}
	defer server.Stop()
	if err := server.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop while it was starting
		}
		return err
	}
	c.printf("%s", server.Welcome())
	if s.ReadyFile != "" {
		if err := server.Ready().Write(s.ReadyFile); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		log.Info("stopping", "drain", s.Drain)
		return nil
	case err := <-server.Failed():
		return errors.Join(errors.New("the server cannot go on"), err)
	}
}
