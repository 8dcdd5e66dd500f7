// Command rawlog prints how many runs per second a bare log can make durable on a folder's disk.
//
// A run is one accepted record and four step records, each on the disk before the next: the bound that
// group commit alone sets, before any index, table or HTTP.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"paceline/bench/disk"
)

func main() {
	folder := flag.String("dir", ".", "folder on the disk to measure")
	inFlight := flag.Int("in-flight", 200, "runs in progress at once")
	length := flag.Duration("time", 2*time.Second, "how long to measure")
	flag.Parse()
	rate, err := disk.Rawlog(context.Background(), *folder, *inFlight, *length)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rawlog:", err)
		os.Exit(1)
	}
	fmt.Printf("{\"rawlog_per_s\": %.0f}\n", rate)
}
