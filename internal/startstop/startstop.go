package startstop

import (
	"context"
	"fmt"
	"sync"
)

// Starter is what a Group holds. Start returns once the service works, or an error; ctx bounds the start
// alone. Stop waits until nothing of the service runs; it may be called twice and without a Start.
type Starter interface {
	Start(ctx context.Context) error
	Stop()
}

// Service runs one function in the background. The zero value with Run set is ready; it starts once.
type Service struct {
	// Name stands in errors and logs.
	Name string
	// Run works until ctx ends. An error other than that of ctx is a failure of the service.
	Run func(ctx context.Context) error
	// Failed is told the error when Run ends by itself, also without an error. It may be nil.
	Failed func(name string, err error)

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
}

// Start begins Run. A second Start is an error.
func (s *Service) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done != nil {
		return fmt.Errorf("%s was started before", s.Name)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel, s.done = cancel, make(chan struct{})
	go func() {
		defer close(s.done)
		err := s.Run(run)
		if run.Err() == nil && s.Failed != nil {
			s.Failed(s.Name, err)
		}
	}()
	return nil
}

// Stop ends the context of Run and waits for its return.
func (s *Service) Stop() {
	s.mu.Lock()
	cancel, done := s.cancel, s.done
	s.mu.Unlock()
	if done == nil {
		return
	}
	cancel()
	<-done
}

// Func makes a Starter of two functions, either of which may be nil.
func Func(name string, start func(ctx context.Context) error, stop func()) Starter {
	return &pair{name: name, start: start, stop: stop}
}

type pair struct {
	name  string
	start func(ctx context.Context) error
	stop  func()
	once  sync.Once
}

func (p *pair) Start(ctx context.Context) error {
	if p.start == nil {
		return nil
	}
	if err := p.start(ctx); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

func (p *pair) Stop() {
	if p.stop != nil {
		p.once.Do(p.stop)
	}
}

// Group starts its members in the order of Add and stops them in reverse. The zero value is empty.
type Group struct {
	mu      sync.Mutex
	members []Starter
	started int
}

// Add puts members at the end. Those added after Start are started by the next Start.
func (g *Group) Add(members ...Starter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members = append(g.members, members...)
}

// Start starts each member that has not been. At the first error it stops those that run, the failed one
// too, and returns the error.
func (g *Group) Start(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.started < len(g.members) {
		member := g.members[g.started]
		g.started++ // also when it fails: a start that failed halfway has something to stop
		if err := member.Start(ctx); err != nil {
			g.stop()
			return err
		}
	}
	return nil
}

// Stop stops the started members, the last one first, and waits for each.
func (g *Group) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stop()
}

func (g *Group) stop() {
	for g.started > 0 {
		g.started--
		g.members[g.started].Stop()
	}
	g.members = nil
}
