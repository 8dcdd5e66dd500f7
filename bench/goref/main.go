package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9700", "address of the webhook, POST /webhook; port 0 takes a free one")
	sink := flag.String("sink", "http://127.0.0.1:9900", "base URL of the systems that are called")
	persist := flag.String("persist", "none", "what is made durable: none, accept or steps")
	log := flag.String("log", "goref.log", "log file, for accept and steps")
	workers := flag.Int("workers", 64, "runs in progress at once")
	ready := flag.String("ready-file", "", "file to write {\"Address\",\"Pid\"} (a base URL) to once webhooks are accepted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *listen, *sink, Persist(*persist), *log, *workers, *ready); err != nil {
		fmt.Fprintln(os.Stderr, "goref:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, listen, sink string, persist Persist, log string, workers int, ready string) error {
	ref, err := NewReference(sink, persist, log, workers)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhook", ref.Accept)
	server := &http.Server{Handler: mux}
	context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Shutdown(grace)
	})
	if ready != "" {
		text, err := json.Marshal(map[string]any{"Address": "http://" + listener.Addr().String(), "Pid": os.Getpid()})
		if err != nil {
			return err
		}
		if err := os.WriteFile(ready, text, 0o600); err != nil {
			return err
		}
	}
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}
