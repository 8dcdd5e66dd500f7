package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"paceline/engine"
	"paceline/internal/startstop"
	"paceline/server/api"
	"paceline/server/hook"
	"paceline/server/node"
	"paceline/store"
	"paceline/tenant"
)

// listenNodes takes the address of the other nodes; nil for a server that is alone.
func (a *App) listenNodes() (*store.NodeOptions, error) {
	if a.config.NodeAddr == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", a.config.NodeAddr)
	if err != nil {
		return nil, fmt.Errorf("--node-addr: %w", err)
	}
	a.between = l
	host, _, err := net.SplitHostPort(a.config.NodeAddr)
	if err != nil {
		return nil, fmt.Errorf("--node-addr: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return &store.NodeOptions{Address: net.JoinHostPort(host, port), Version: a.version}, err
}

// setClock makes the database's clock that of this server, before anything reads it.
func (a *App) setClock(ctx context.Context) error {
	if a.together == nil {
		return nil
	}
	v, err := a.base.store.View(ctx)
	if err != nil {
		return err
	}
	a.together.Heard(v.Now)
	a.firstView = v
	a.clock = a.together
	return nil
}

// makeNodes makes the room of nodes, before those that are told of it.
func (a *App) makeNodes() {
	if a.between == nil {
		return
	}
	a.nodes = node.New(node.Config{
		Store: a.base.store, Key: a.base.Tenant.IDs().Peers(), Clock: a.leases, Together: a.together, View: a.firstView, Logger: a.log,
		Forget: func() {
			a.base.Forget()
			a.engine.Forget()
		},
		Command: a.base.answer,
		Gained:  a.base.Catalog.Gained, TookOver: a.metrics.Takeovers.Inc,
	})
	a.base.changed = a.nodes.Changed
}

// A nil of a type is no nil of an interface; these keep the two apart.

func (a *App) peers() engine.Peers {
	if a.nodes == nil {
		return nil
	}
	return a.nodes
}

func (a *App) apiNodes() api.Nodes {
	if a.nodes == nil {
		return nil
	}
	return a.nodes
}

func (a *App) hookNodes() hook.Nodes {
	if a.nodes == nil {
		return nil
	}
	return a.nodes
}

func (a *App) pass() func(http.ResponseWriter, *http.Request, int64, string) bool {
	if a.nodes == nil {
		return nil
	}
	return a.nodes.Pass
}

// changing tells the other nodes of what people do on pages that are no account's when they come: set-up links, invitations,
// sign-ins and consents. What the embedded application asks for is passed on to the account's own node.
func (a *App) changing(pages http.Handler) http.Handler {
	if a.nodes == nil {
		return pages
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		pages.ServeHTTP(w, q)
		if changes(q.Method, q.URL.Path) {
			a.nodes.Changed(q.Context())
		}
	})
}

func changes(method, path string) bool {
	path = strings.ToLower(path)
	if strings.HasPrefix(path, "/connector") || strings.HasPrefix(path, "/web/connector") {
		return true
	}
	return method == http.MethodPost && (strings.HasPrefix(path, "/setup") || path == tenant.InvitationPath)
}

// nodeService serves the other nodes, and keeps this node's share of the work.
func (a *App) nodeService() startstop.Starter {
	if a.nodes == nil {
		return startstop.Func("nodes", nil, nil)
	}
	a.nodeServer = &http.Server{
		Handler: a.nodes, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 128 << 10,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	serve := &startstop.Service{Name: "node address", Failed: a.fail, Run: func(context.Context) error {
		if err := a.nodeServer.Serve(a.between); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}}
	share := &startstop.Service{Name: "nodes", Failed: a.fail, Run: a.nodes.Run}
	return startstop.Func("nodes", func(ctx context.Context) error {
		if err := serve.Start(ctx); err != nil {
			return err
		}
		return share.Start(ctx)
	}, func() {
		a.drain() // at once after the first time
		a.nodeServer.Close()
		share.Stop()
		serve.Stop()
	})
}

// leaveNodes hands this node's shards on, while its server still answers.
func (a *App) leaveNodes(ctx context.Context) {
	if a.nodes != nil {
		a.nodes.Leave(ctx)
	}
}
