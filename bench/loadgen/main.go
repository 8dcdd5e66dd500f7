// Command loadgen runs one workload against a webhook and prints its figures as JSON.
//
// It sends contacts to -url (loopback only) and answers the platform's calls on -sink; package load
// defines every figure. With -rate it is an open loop, else a closed loop over -connections.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"paceline/bench/load"
)

func main() {
	var w load.Workload
	flag.StringVar(&w.URL, "url", "", "webhook, on a loopback address")
	flag.StringVar(&w.Label, "label", "", "text that is repeated in the result")
	flag.Float64Var(&w.Rate, "rate", 0, "webhooks per second; 0 sends as fast as they are acknowledged")
	flag.IntVar(&w.Count, "count", 1500, "webhooks that are measured")
	flag.IntVar(&w.Warmup, "warmup", 50, "webhooks that are sent before and left out")
	flag.IntVar(&w.Connections, "connections", load.Connections, "connections to the webhook")
	flag.IntVar(&w.PayloadBytes, "payload-bytes", load.PayloadBytes, "size of each webhook's body")
	flag.BoolVar(&w.RandomPadding, "random", false, "pad with text that hardly compresses")
	flag.DurationVar(&w.DrainIdle, "drain-idle", 0, "stop waiting after this long without progress (default 10s)")
	sink := flag.String("sink", "127.0.0.1:9900", "address of the systems that are called")
	timeout := flag.Duration("timeout", 5*time.Minute, "limit of the whole run")
	flag.Func("pids", "comma-separated processes to measure, with their children", func(list string) error {
		for text := range strings.SplitSeq(list, ",") {
			pid, err := strconv.Atoi(text)
			if err != nil {
				return err
			}
			w.PIDs = append(w.PIDs, pid)
		}
		return nil
	})
	flag.Parse()
	if err := run(w, *sink, *timeout); err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		os.Exit(1)
	}
}

func run(w load.Workload, addr string, timeout time.Duration) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	sink, err := load.StartSink(addr)
	if err != nil {
		return err
	}
	defer sink.Close()
	result, err := sink.Run(ctx, w)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(result)
}
